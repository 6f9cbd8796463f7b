"""DynamoDB's requests: what we answer ourselves, what moto answers, what is refused.

Items are ours, whole operations at a time; moto keeps them. Tables are moto's, put
right; backups, exports and resource policies are moto's as they are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from botocore.model import OperationModel, ServiceModel
from botocore.session import get_session
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb import urls
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.responses import DynamoHandler

from grader.cloud import dynamodb
from grader.cloud.aws_errors import AWSError
from grader.cloud.clock import Clock
from grader.cloud.dynamodb import (
    expiration,
    items,
    reads,
    searches,
    shapes,
    stream_requests,
    streams,
    tables,
    transactions,
    writes,
)
from grader.cloud.dynamodb.calls import Call
from grader.cloud.dynamodb.errors import HEADERS, Answer, draw, not_modelled
from grader.cloud.dynamodb.refusals import refused
from grader.cloud.functions import constraints

Operation = Callable[[Call], dict[str, Any]]
TableOperation = Callable[[Call, tables.Moto], dict[str, Any]]

_OWN: dict[str, Operation] = {
    "BatchGetItem": reads.batch_get_item,
    "BatchWriteItem": writes.batch_write_item,
    "DeleteItem": writes.delete_item,
    "DescribeTimeToLive": expiration.describe_time_to_live,
    "GetItem": reads.get_item,
    "PutItem": writes.put_item,
    "Query": searches.query,
    "Scan": searches.scan,
    "TransactGetItems": reads.transact_get_items,
    "TransactWriteItems": transactions.transact_write_items,
    "UpdateItem": writes.update_item,
    "UpdateTimeToLive": expiration.update_time_to_live,
}
_TABLES: dict[str, TableOperation] = {
    "CreateTable": tables.create_table,
    "DeleteTable": tables.delete_table,
    "DescribeTable": tables.describe_table,
    "ListTables": tables.list_tables,
    "ListTagsOfResource": tables.list_tags_of_resource,
    "TagResource": tables.tag_resource,
    "UntagResource": tables.untag_resource,
    "UpdateTable": tables.update_table,
}
# moto's PartiQL knows a part of the language, and none of what is metered here.
_REFUSED = ("BatchExecuteStatement", "ExecuteStatement", "ExecuteTransaction")


class TableRequests(DynamoHandler):  # type: ignore[misc]
    """One request, in moto's form: ours where it is in the tables above."""

    def call_action(self) -> Any:
        """Answer an operation, or say that nobody here does."""
        name = self._get_action()
        if name in _REFUSED or not hasattr(self, camelcase_to_underscores(name)):
            return draw(not_modelled(f"the operation {name}"))
        return super().call_action()

    def parse_parameters(self, request: Any) -> None:
        """Let moto read what it answers itself; it stumbles over other shapes."""
        if self._get_action() not in _OWN:
            super().parse_parameters(request)

    def answer(self, name: str, operation: Operation) -> Answer:
        """Answer one of our operations, with nobody else at the items meanwhile."""
        try:
            members = json.loads(self.raw_body or b"{}")
            _check(name, members)
            backend = dynamodb_backends[self.current_account][self.region]
            call = Call(self.current_account, self.region, backend, members)
            with items.lock:
                try:
                    body = operation(call)
                finally:
                    if call.consumed_reads or call.consumed_writes:
                        for observe in dynamodb.observers:
                            observe(call)
        except AWSError as error:
            return draw(error)
        return 200, dict(HEADERS), json.dumps(body)


def _check(name: str, members: Mapping[str, Any]) -> None:
    if shape := _model(name).input_shape:
        shapes.check(shape, members)
    # An empty batch, and one of too many keys, are refused in words of their own.
    if name != "BatchGetItem" and members.get("RequestItems") != {}:
        constraints.check(_model(name), members)
    refused(members)
    tables.check_named(members)


@cache
def _service() -> ServiceModel:
    return get_session().get_service_model("dynamodb")


@cache
def _model(name: str) -> OperationModel:
    return _service().operation_model(name)


def _own(name: str, operation: Operation) -> Callable[[TableRequests], Answer]:
    return lambda request: request.answer(name, operation)


def _moto_first(
    name: str, operation: TableOperation
) -> Callable[[TableRequests], Answer]:
    moto: Any = getattr(DynamoHandler, camelcase_to_underscores(name))

    def answer(request: TableRequests) -> Answer:
        return request.answer(
            name, lambda call: operation(call, lambda: moto(request).result)
        )

    return answer


for _name, _operation in _OWN.items():
    setattr(TableRequests, camelcase_to_underscores(_name), _own(_name, _operation))
for _name, _table_operation in _TABLES.items():
    setattr(
        TableRequests,
        camelcase_to_underscores(_name),
        _moto_first(_name, _table_operation),
    )


def install(clock: Clock) -> None:
    """Answer in moto's place from now on; items expire by this clock."""
    for path in urls.url_paths:
        urls.url_paths[path] = TableRequests.dispatch
    streams.install()
    stream_requests.install()
    expiration.sweeps.follow(clock)
