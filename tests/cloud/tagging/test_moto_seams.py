"""What moto does instead: these fail when an override isn't needed any more."""

from __future__ import annotations

from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend

from grader.cloud.tagging import answers
from tests.cloud.conftest import Account


def plain(account: Account) -> ResourceGroupsTaggingAPIBackend:
    return ResourceGroupsTaggingAPIBackend(account.region, account.id)


def test_moto_tells_a_key_as_often_as_it_is_used(account: Account) -> None:
    """Override: ``get_tag_keys``."""
    sqs = account.client("sqs")
    for name in ("prints", "orders"):
        sqs.create_queue(QueueName=name, tags={"project": "lumen"})
    _, keys = plain(account).get_tag_keys()
    assert keys.count("project") == 2


def test_moto_asks_for_nothing_that_aws_refuses(account: Account) -> None:
    """Override: ``get_resources``; ARNs and types go together on moto."""
    _, found = plain(account).get_resources(
        resource_arn_list=[f"arn:aws:sqs:{account.region}:{account.id}:prints"],
        resource_type_filters=["sqs"],
    )
    assert isinstance(found, list)


def test_moto_calls_what_we_replace() -> None:
    """Its operations have these names."""
    for name in ("get_resources", "get_tag_keys", "get_tag_values"):
        assert hasattr(ResourceGroupsTaggingAPIBackend, name)
        assert hasattr(answers, name)
