"""boto3's sessions in one process, and what they share.

boto3 takes 0.2 s to import, so only a kernel that talks to AWS pays for it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import boto3

CONNECTIONS = 50
"""Calls that one client makes at once; boto3 warns beyond ten unless told."""

making = threading.Lock()
"""Threads may share a client, but not make two from one session at once."""


def core(endpoint_url: str | None) -> Any:
    """A session of botocore's, for the clients of a cloud."""
    import botocore.config

    made = _plain()
    made.set_default_client_config(
        botocore.config.Config(max_pool_connections=CONNECTIONS)
    )
    if endpoint_url is not None:
        # Every client of this session, also one made without endpoint_url=, has to
        # stay on the lab.
        made.get_component("config_store").set_config_variable(
            "endpoint_url", endpoint_url
        )
    return made


def regions() -> frozenset[str]:
    """Those of all partitions, as botocore knows them."""
    session = _plain()
    return frozenset(
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("ec2", partition)
    )


@cache
def of_all(endpoint_url: str) -> boto3.Session:
    """The session of all clients that are made with an account's keys.

    Another session takes as long as a client.
    """
    import boto3

    return boto3.Session(botocore_session=core(endpoint_url))


def renew_default() -> None:
    """Let plain `boto3.client()` see the variables as they are now.

    It keeps the credentials and the Region that it saw first.
    """
    if (boto3 := sys.modules.get("boto3")) is not None:
        vars(boto3)["DEFAULT_SESSION"] = boto3.Session(botocore_session=_plain())


def forget_default() -> None:
    """Let boto3 make a default session of its own when it needs one."""
    if (boto3 := sys.modules.get("boto3")) is not None:
        vars(boto3)["DEFAULT_SESSION"] = None


@contextmanager
def reading_ahead() -> Iterator[None]:
    """Meanwhile read what the first client needs, if there is going to be one."""
    if "boto3" not in sys.modules:
        yield
        return
    reader = threading.Thread(target=_service_models().load_data, args=("endpoints",))
    reader.start()
    try:
        yield
    finally:
        reader.join()


def _plain() -> Any:
    import botocore.session

    made = botocore.session.Session()
    made.register_component("data_loader", _service_models())
    return made


@cache
def _service_models() -> Any:
    """AWS's service models, which every session would read anew from the disk."""
    import botocore.loaders

    return botocore.loaders.create_loader()
