from typing import Any

import pytest

from grader.lab.policies import anyone_may, service_may

ARN = "arn:aws:s3:::inbox"
S3: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"Service": "s3.amazonaws.com"},
    "Action": "lambda:InvokeFunction",
    "Resource": "*",
}


def may(*statements: dict[str, Any]) -> bool:
    return service_may(
        {"Statement": list(statements)},
        "lambda:InvokeFunction",
        service="s3.amazonaws.com",
        source_arn=ARN,
        account="123456789012",
    )


def test_a_service_needs_a_statement() -> None:
    """No policy, no entry."""
    assert not may()


def test_a_statement_lets_its_service_in() -> None:
    """A statement for S3 lets S3 in."""
    assert may(S3)


def test_a_deny_wins() -> None:
    """An explicit deny beats any allow."""
    assert not may(S3, {**S3, "Effect": "Deny"})


@pytest.mark.parametrize(
    ("condition", "let_in"),
    [
        ({"ArnLike": {"AWS:SourceArn": ARN}}, True),
        ({"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::other"}}, False),
        ({"StringEquals": {"AWS:SourceAccount": "123456789012"}}, True),
        ({"StringEquals": {"AWS:SourceAccount": "999999999999"}}, False),
        ({"NumericLessThan": {"AWS:SourceAccount": "1"}}, False),
    ],
)
def test_conditions_narrow_it(condition: dict[str, Any], let_in: bool) -> None:
    """The source's ARN and account have to be those of the condition."""
    assert may({**S3, "Condition": condition}) is let_in


def test_another_service_stays_out() -> None:
    """A statement for SNS doesn't let S3 in."""
    assert not may({**S3, "Principal": {"Service": "sns.amazonaws.com"}})


def test_a_public_url_is_for_anyone() -> None:
    """The condition of a public function URL holds for its authentication type."""
    statement = {
        **S3,
        "Principal": "*",
        "Action": "lambda:InvokeFunctionUrl",
        "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
    }
    context = {"lambda:functionurlauthtype": "NONE"}
    assert anyone_may({"Statement": statement}, "lambda:InvokeFunctionUrl", context)
