"""Whom the Principal and NotPrincipal elements name.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from typing import Any

import pytest

from grader.cloud.access.evaluation import Reason, evaluate
from grader.cloud.access.principal_element import Naming, principal_element
from grader.cloud.access.request import Principal
from tests.cloud.access.cases import (
    ACCOUNT,
    ANONYMOUS,
    FEDERATED,
    LAMBDA,
    OTHER_ACCOUNT,
    ROLE,
    ROOT,
    SESSION,
    STRANGER,
    USER,
    allow,
    deny,
    policies,
    request,
)


@pytest.mark.parametrize(
    ("element", "principal", "expected"),
    [
        ("*", USER, Naming.PRINCIPAL),
        ({"AWS": "*"}, SESSION, Naming.PRINCIPAL),
        ({"AWS": ["*"]}, ANONYMOUS, Naming.PRINCIPAL),
        ("*", LAMBDA, Naming.PRINCIPAL),
        ({"AWS": USER.arn}, USER, Naming.PRINCIPAL),
        ({"AWS": [STRANGER.arn, USER.arn]}, USER, Naming.PRINCIPAL),
        ({"AWS": USER.arn.upper()}, USER, Naming.NONE),
        ({"AWS": SESSION.arn}, SESSION, Naming.PRINCIPAL),
        ({"AWS": ROLE}, SESSION, Naming.ROLE),
        ({"AWS": [ROLE, SESSION.arn]}, SESSION, Naming.PRINCIPAL),
        ({"AWS": SESSION.arn.replace("morning", "*")}, SESSION, Naming.NONE),
        ({"AWS": FEDERATED.arn}, FEDERATED, Naming.PRINCIPAL),
        ({"AWS": ACCOUNT}, USER, Naming.ACCOUNT),
        ({"AWS": ROOT.arn}, SESSION, Naming.ACCOUNT),
        ({"AWS": ROOT.arn}, ROOT, Naming.PRINCIPAL),
        ({"AWS": OTHER_ACCOUNT}, USER, Naming.NONE),
        ({"AWS": ACCOUNT}, ANONYMOUS, Naming.NONE),
        ({"Service": LAMBDA.arn}, LAMBDA, Naming.PRINCIPAL),
        ({"Service": ["s3.amazonaws.com", LAMBDA.arn]}, LAMBDA, Naming.PRINCIPAL),
        ({"Service": "s3.amazonaws.com"}, LAMBDA, Naming.NONE),
        ({"AWS": LAMBDA.arn}, LAMBDA, Naming.NONE),
        ({"Service": USER.arn}, USER, Naming.NONE),
        ({"Federated": "accounts.google.com"}, USER, Naming.NONE),
    ],
)
def test_a_principal_is_named(
    element: Any, principal: Principal, expected: Naming
) -> None:
    """By itself, by its role, or by its account."""
    read = principal_element(element, negated=False)
    assert read.naming(principal, "Allow") is expected


@pytest.mark.parametrize(
    ("element", "principal", "spared"),
    [
        ({"AWS": [USER.arn, ROOT.arn]}, USER, True),
        ({"AWS": [USER.arn, ACCOUNT]}, USER, True),
        ({"AWS": [USER.arn]}, USER, False),
        ({"AWS": [ROOT.arn]}, USER, False),
        ({"AWS": [ROOT.arn]}, ROOT, True),
        ({"AWS": [SESSION.arn, ROLE, ROOT.arn]}, SESSION, True),
        ({"AWS": [SESSION.arn, ROOT.arn]}, SESSION, False),
        ({"AWS": [SESSION.arn, ROLE]}, SESSION, False),
        ({"AWS": [ROLE, ROOT.arn]}, SESSION, False),
        ({"AWS": [USER.arn, ROOT.arn]}, STRANGER, False),
        ({"AWS": [USER.arn, ROOT.arn]}, ANONYMOUS, False),
        ({"Service": LAMBDA.arn}, LAMBDA, True),
        ({"AWS": USER.arn}, LAMBDA, False),
        ("*", USER, True),
    ],
)
def test_a_deny_with_notprincipal_spares_whom_it_names_in_full(
    element: Any, principal: Principal, spared: bool
) -> None:
    """The account, the role and the session are looked at one after the other.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    read = principal_element(element, negated=True)
    assert (read.naming(principal, "Deny") is Naming.NONE) is spared


def test_an_allow_with_notprincipal_leaves_out_whom_it_names_in_any_way() -> None:
    """It "allows all principals except the one named"."""
    for named in (USER.arn, ACCOUNT):
        read = principal_element({"AWS": named}, negated=True)
        assert read.naming(USER, "Allow") is Naming.NONE
        assert read.naming(STRANGER, "Allow") is Naming.PRINCIPAL


def test_notprincipal_always_denies_whoever_has_a_boundary() -> None:
    """ "Regardless of the values specified in the NotPrincipal element".

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """
    spared = {**deny(), "NotPrincipal": {"AWS": [USER.arn, ROOT.arn]}}
    free = policies(allow(), resource=[spared])
    bounded = policies(allow(), boundary=[allow("*", "*")], resource=[spared])
    assert evaluate(request(), free).reason is Reason.ALLOWED
    assert evaluate(request(), bounded).reason is Reason.DENIED_BY_RESOURCE


def test_what_is_no_principal_element_is_refused() -> None:
    """With a ValueError."""
    with pytest.raises(ValueError):
        principal_element("ana", negated=False)
