"""What functions do first, so that it is done."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader

from grader import service_models, session_events

SERVICES = (
    *("dynamodb", "events", "kinesis", "lambda", "s3", "ses", "sesv2", "sns", "sqs"),
    *("ssm", "secretsmanager", "stepfunctions"),
)
_RESOURCES = ("dynamodb", "s3")
_BOTO3, _BOTOCORE = "/var/runtime/boto3", "/var/runtime/botocore"
_NOWHERE = "http://127.0.0.1:9"


class _Answers(dict[Any, Any]):
    """What a loader has read; says how much memory that took when it is used."""

    def __init__(
        self,
        answers: Mapping[Any, Any],
        costs: dict[str, int],
        on_use: Callable[[int], None],
    ) -> None:
        """``costs`` are bytes by the name of a service."""
        super().__init__(answers)
        self._costs = costs
        self._on_use = on_use

    def __getitem__(self, asked: Any) -> Any:
        # A service's name, or the path of a file of its: `s3/2006-03-01/service-2`.
        if cost := self._costs.pop(str(asked[1]).partition("/")[0], 0):
            self._on_use(cost)
        return super().__getitem__(asked)


def rehearse(
    outside: Mapping[str, str],
    resident: Callable[[], int],
    on_use: Callable[[int], None],
) -> None:
    """Do what functions do first, with libraries that will lie elsewhere.

    What they import and read stays; a client or a session doesn't.

    Args:
        outside: where on this machine the libraries of ``/var/runtime`` are.
        resident: this process's memory, in bytes.
        on_use: to be told of the memory of what a function uses of that.
    """
    costs: dict[str, int] = {}
    session_events.share()
    shared = service_models.share()
    ours = Loader.BUILTIN_DATA_PATH
    Loader.BUILTIN_DATA_PATH = f"{outside[_BOTOCORE]}/data"
    os.environ["AWS_DATA_PATH"] = f"{outside[_BOTO3]}/data"
    try:
        # Of what all clients need, endpoints are most; the rest follows.
        for name, services in (("endpoints", ()), *((one, (one,)) for one in SERVICES)):
            before = resident()
            service_models.read(*services)
            costs[name] = max(0, resident() - before)
        _make_clients()
        read = shared[tuple(Loader().search_paths)]
        loader = Loader()
        # As boto3 does for its sessions.
        loader.search_paths.append(f"{outside[_BOTO3]}/data")
        loader._cache.update(read)
        for service in _RESOURCES:
            loader.load_service_model(service, "resources-1")
        with_resources = loader._cache
    finally:
        Loader.BUILTIN_DATA_PATH = ours
        del os.environ["AWS_DATA_PATH"]
        boto3.DEFAULT_SESSION = None
    shared.clear()
    inside = tuple(Loader().search_paths)
    for folders, answers in (
        (inside, read),
        ((*inside, f"{_BOTO3}/data"), with_resources),
    ):
        moved = {asked: _moved(it, outside) for asked, it in answers.items()}
        shared[folders] = _Answers(moved, costs, on_use)


def _make_clients() -> None:
    """Make clients and ask them something; nobody is there to answer."""
    settings = {
        "endpoint_url": _NOWHERE,
        "region_name": "us-east-1",
        "aws_access_key_id": "rehearsal",
        "aws_secret_access_key": "rehearsal",
        "config": Config(retries={"total_max_attempts": 1}),
    }
    for service, operation in (("dynamodb", "list_tables"), ("s3", "list_buckets")):
        with contextlib.suppress(BotoCoreError):
            getattr(boto3.client(service, **settings), operation)()
    boto3.resource("dynamodb", **settings).Table("rehearsal")
    boto3.resource("s3", **settings).Bucket("rehearsal")


def _moved(answer: Any, outside: Mapping[str, str]) -> Any:
    """With a file's path, where there is one, as it is inside."""
    match answer:
        case (data, str(path)):
            for there, here in outside.items():
                path = path.replace(f"{here}/", f"{there}/")
            return data, path
    return answer
