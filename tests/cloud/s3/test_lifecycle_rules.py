"""Rules of a lifecycle: what S3 takes, and gives back."""

from __future__ import annotations

from typing import Any

import pytest

from grader.cloud.s3 import lifecycle_rules
from grader.cloud.s3.errors import Refused
from tests.cloud.s3.conftest import code

EVERYTHING = {"Status": "Enabled", "Filter": {"Prefix": ""}}


def rule(**members: Any) -> dict[str, Any]:
    """A rule for every object, as S3's XML has it."""
    given = {**EVERYTHING, "ID": "rule", **members}
    return {name: value for name, value in given.items() if value is not None}


def refusal(*rules: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(Refused) as refused:
        lifecycle_rules.read(rules)
    return refused.value.code, refused.value.message


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            rule(Expiration={"Days": "0"}),
            "'Days' for Expiration action must be a positive integer",
        ),
        (
            rule(NoncurrentVersionExpiration={"NoncurrentDays": "-1"}),
            "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive"
            " integer",
        ),
        (
            rule(AbortIncompleteMultipartUpload={"DaysAfterInitiation": "0"}),
            "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a"
            " positive integer",
        ),
        (
            rule(Expiration={"Date": "2027-01-01T12:00:00Z"}),
            "'Date' must be at midnight GMT",
        ),
        (
            rule(Transition={"Days": "29", "StorageClass": "STANDARD_IA"}),
            "'Days' in Transition action must be greater than or equal to 30 for"
            " storageClass 'STANDARD_IA'",
        ),
        (
            rule(
                Filter={"Prefix": "logs/"},
                Expiration={"Days": "60"},
                Transition={"Days": "60", "StorageClass": "GLACIER"},
            ),
            "'Days' in the Expiration action for filter '(prefix=logs/)' must be"
            " greater than 'Days' in the Transition action",
        ),
        (
            rule(ID="x" * 256, Expiration={"Days": "1"}),
            "ID length should not exceed allowed limit of 255",
        ),
    ],
)
def test_number_is_wrong(given: dict[str, Any], message: str) -> None:
    """S3 says which number of which action."""
    assert refusal(given) == ("InvalidArgument", message)


def test_ids_are_unique() -> None:
    """Two rules can't have one name."""
    one = rule(Expiration={"Days": "1"})
    assert refusal(one, one)[1].startswith("Rule ID must be unique.")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (rule(), "At least one action needs to be specified in a rule"),
        (
            rule(
                Filter={"Tag": {"Key": "a", "Value": "b"}},
                AbortIncompleteMultipartUpload={"DaysAfterInitiation": "1"},
            ),
            "AbortIncompleteMultipartUpload cannot be specified with Tags.",
        ),
        (
            rule(
                Filter={"ObjectSizeLessThan": "5"},
                Expiration={"ExpiredObjectDeleteMarker": "true"},
            ),
            "ExpiredObjectDeleteMarker cannot be specified with Object Size.",
        ),
    ],
)
def test_action_is_wrong(given: dict[str, Any], message: str) -> None:
    """A rule does something, and can do it to what it is about."""
    assert refusal(given) == ("InvalidRequest", message)


@pytest.mark.parametrize(
    "given",
    [
        rule(Status="On", Expiration={"Days": "1"}),
        rule(Filter=None, Expiration={"Days": "1"}),
        rule(Prefix="a", Expiration={"Days": "1"}),
        rule(
            Filter={"Prefix": "a", "ObjectSizeLessThan": "5"}, Expiration={"Days": "1"}
        ),
        rule(Expiration={"Days": "1", "Date": "2027-01-01T00:00:00Z"}),
        rule(Expiration={"Days": "1", "ExpiredObjectDeleteMarker": "true"}),
        rule(Expiration={"Days": "soon"}),
        rule(Transition={"Days": "1", "StorageClass": "COLD"}),
        rule(Transition={"StorageClass": "GLACIER"}),
        rule(NoncurrentVersionExpiration={"NewerNoncurrentVersions": "2"}),
    ],
)
def test_form_is_wrong(given: dict[str, Any]) -> None:
    """What the XML's schema doesn't have."""
    assert refusal(given)[0] == "MalformedXML"


def test_rules_come_back_as_they_were_put(s3: Any, bucket: str) -> None:
    """moto drops sizes and how many versions are to be kept."""
    rules = [
        {
            "ID": "tidy",
            "Status": "Enabled",
            "Filter": {
                "And": {
                    "Prefix": "logs/",
                    "Tags": [
                        {"Key": "keep", "Value": "no"},
                        {"Key": "by", "Value": ""},
                    ],
                    "ObjectSizeGreaterThan": 10,
                }
            },
            "Transitions": [
                {"Days": 30, "StorageClass": "STANDARD_IA"},
                {"Days": 90, "StorageClass": "GLACIER"},
            ],
            "Expiration": {"Days": 365},
        },
        {
            "ID": "versions",
            "Status": "Disabled",
            "Prefix": "",
            "NoncurrentVersionExpiration": {
                "NoncurrentDays": 7,
                "NewerNoncurrentVersions": 2,
            },
            "NoncurrentVersionTransitions": [
                {"NoncurrentDays": 3, "StorageClass": "GLACIER_IR"}
            ],
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2},
        },
        {
            "ID": "markers",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "Expiration": {"ExpiredObjectDeleteMarker": True},
        },
    ]
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket,
        LifecycleConfiguration={"Rules": rules},
        TransitionDefaultMinimumObjectSize="varies_by_storage_class",
    )
    found = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert found["Rules"] == rules
    assert found["TransitionDefaultMinimumObjectSize"] == "varies_by_storage_class"
    s3.delete_bucket_lifecycle(Bucket=bucket)
    got = code(s3.get_bucket_lifecycle_configuration, Bucket=bucket)
    assert got == "NoSuchLifecycleConfiguration"


def test_date_comes_back(s3: Any, bucket: str) -> None:
    """As the midnight that it is."""
    given = {
        "ID": "end",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "Expiration": {"Date": "2030-01-01T00:00:00Z"},
    }
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": [given]}
    )
    found = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"][0]
    assert found["Expiration"]["Date"].isoformat() == "2030-01-01T00:00:00+00:00"


def test_configuration_has_rules(s3: Any, bucket: str) -> None:
    """To have none is to delete the configuration."""
    got = code(
        s3.put_bucket_lifecycle_configuration,
        Bucket=bucket,
        LifecycleConfiguration={"Rules": []},
    )
    assert got == "MalformedXML"
