"""make-bucket, with right answers, wrong ones, and none."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.checks.conftest import Judged, starter

Judge = Callable[..., Judged]
Left = Callable[[], set[tuple[str, str]]]
CHECK = "make-bucket"
OLDEST = "us-east-1"


def placed(region: str) -> dict[str, Any]:
    """How S3 wants to be told a Region."""
    if region == OLDEST:
        return {}
    return {"CreateBucketConfiguration": {"LocationConstraint": region}}


def by_exceptions(cloud: Any, name: str, region: str) -> str:
    """Try the name, and the account's own one after it."""
    s3 = cloud.client("s3", region)
    for candidate in (name, f"{name}-{cloud.account}"):
        try:
            s3.create_bucket(Bucket=candidate, **placed(region))
        except s3.exceptions.BucketAlreadyOwnedByYou:
            return candidate
        except s3.exceptions.BucketAlreadyExists:
            continue
        return candidate
    raise RuntimeError(name)


def by_looking_first(cloud: Any, name: str, region: str) -> str:
    """Always the account's own name; made only if it isn't listed yet."""
    s3 = cloud.client("s3", region)
    own = f"{name}-of-{cloud.account}"
    if own not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=own, **placed(region))
    return own


def by_codes(cloud: Any, name: str, region: str) -> str:
    """The oldest Region's client may make buckets in every Region."""
    try:
        cloud.client("s3", OLDEST).create_bucket(Bucket=name, **placed(region))
    except ClientError as refusal:
        code = refusal.response["Error"]["Code"]
        if code == "BucketAlreadyExists":
            return by_codes(cloud, f"{name}-{cloud.account}", region)
        if code != "BucketAlreadyOwnedByYou":
            raise
    return name


def in_a_namespace(cloud: Any, name: str, region: str) -> str:
    """A name of the account's own namespace, which nobody else can take."""
    s3 = cloud.client("s3", region)
    own = f"{name}-{cloud.account}-{region}-an"
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(
            Bucket=own, BucketNamespace="account-regional", **placed(region)
        )
    return own


def constraint_always(cloud: Any, name: str, region: str) -> str:
    """The constraint, also where it isn't wanted."""
    cloud.client("s3", region).create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": region}
    )
    return name


def constraint_never(cloud: Any, name: str, region: str) -> str:
    """The client's Region, and nothing else."""
    cloud.client("s3", region).create_bucket(Bucket=name)
    return name


def at_home(cloud: Any, name: str, _region: str) -> str:
    """Nothing said of the Region at all."""
    cloud.client("s3").create_bucket(Bucket=name)
    return name


def client_of_home(cloud: Any, name: str, region: str) -> str:
    """Right wherever home is the oldest Region, which may speak for all."""
    s3 = cloud.client("s3")
    try:
        s3.create_bucket(Bucket=name, **placed(region))
    except s3.exceptions.BucketAlreadyOwnedByYou:
        pass
    except s3.exceptions.BucketAlreadyExists:
        return client_of_home(cloud, f"{name}-{cloud.account}", region)
    return name


def once(cloud: Any, name: str, region: str) -> str:
    """Right the first time."""
    cloud.client("s3", region).create_bucket(Bucket=name, **placed(region))
    return name


def names_are_mine(cloud: Any, name: str, region: str) -> str:
    """Right, as long as nobody has the name."""
    s3 = cloud.client("s3", region)
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=name, **placed(region))
    return name


def taken_is_mine(cloud: Any, name: str, region: str) -> str:
    """Whatever the error is, there is a bucket."""
    with contextlib.suppress(ClientError):
        cloud.client("s3", region).create_bucket(Bucket=name, **placed(region))
    return name


def new_each_time(cloud: Any, name: str, region: str) -> str:
    """A name that surely nobody has, and that nobody finds again."""
    s3, free = cloud.client("s3", region), f"{name}-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=free, **placed(region))
    return free


def own_account(_cloud: Any, name: str, region: str) -> str:
    """Clients of the learner's own account."""
    s3 = boto3.client("s3", region_name=region)
    for candidate in (name, f"{name}-mine"):
        try:
            s3.create_bucket(Bucket=candidate, **placed(region))
        except s3.exceptions.BucketAlreadyOwnedByYou:
            pass
        except s3.exceptions.BucketAlreadyExists:
            continue
        return candidate
    raise RuntimeError(name)


def printed(cloud: Any, name: str, region: str) -> None:
    """A bucket, and no word of it."""
    by_exceptions(cloud, name, region)


@pytest.fixture(autouse=True)
def _tidy(cloud: Any) -> Any:
    """Wrong answers leave buckets behind; the next test finds none."""
    yield
    for bucket in cloud.client("s3").list_buckets()["Buckets"]:
        cloud.client("s3").delete_bucket(Bucket=bucket["Name"])


@pytest.mark.parametrize(
    "work", [by_exceptions, by_looking_first, by_codes, in_a_namespace]
)
def test_right_answers_pass(judge: Judge, work: Callable[..., Any]) -> None:
    """Answers of different build pass, at home and in another account and Region."""
    said = judge(CHECK, work)

    assert said.outcome == "passed", said.text


def test_starter_is_not_attempted(judge: Judge) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(CHECK, starter)

    assert (said.outcome, said.unattempted) == ("failed", True)


@pytest.mark.parametrize(
    ("work", "misconception", "words"),
    [
        (constraint_always, "second-call-fails", "BucketAlreadyOwnedByYou"),
        (constraint_never, "constraint-never", "IllegalLocationConstraint"),
        (at_home, "constraint-never", "the bucket is elsewhere"),
        (client_of_home, "client-of-home", "IllegalLocationConstraint"),
        (once, "second-call-fails", "and then once more"),
        (names_are_mine, "names-are-mine", "Somebody else has the bucket"),
        (taken_is_mine, "taken-is-mine", "somebody else's bucket"),
        (new_each_time, "new-name-each-time", "a second bucket"),
        (printed, "print-is-return", "no name that begins with it"),
        (lambda _cloud, name, _region: name, None, "no bucket of this name"),
        (lambda *_given: "my-bucket", None, "no name that begins with it"),
    ],
)
def test_wrong_answers_are_named(
    judge: Judge, work: Callable[..., Any], misconception: str | None, words: str
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(CHECK, work)

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text


def test_a_constraint_where_none_is_wanted_is_named(judge: Judge) -> None:
    """The oldest Region refuses to be told its name."""

    def make_bucket(cloud: Any, name: str, region: str) -> str:
        s3 = cloud.client("s3", region)
        with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
            constraint_always(cloud, name, region)
        return name

    said = judge(CHECK, make_bucket)

    assert said.misconception == "constraint-always", said.text


def test_clients_of_another_account_are_found_out(judge: Judge) -> None:
    """A function that ignores its cloud passes at home and fails in the variation."""
    said = judge(CHECK, own_account)

    assert (said.misconception, said.hidden) == ("client-of-another-cloud", True)


def test_nothing_is_left_of_the_check(judge: Judge, left: Left) -> None:
    """Its buckets are gone afterwards."""
    judge(CHECK, by_exceptions)

    assert not left()
