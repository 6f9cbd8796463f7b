"""What botocore has read of its models of services, shared by a process's sessions.

botocore keeps what it read with each session's loader: the next session reads and
parses the same files again, and looks through 400 folders for the names of services
(0.05 to 0.2 s a client). The files don't change while a process lives.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_SERVICE = "service-2"
_RULES = "endpoint-rule-set-1"


def share() -> dict[tuple[str, ...], dict[Any, Any]]:
    """Let all loaders of the same folders share what they read, from now on.

    Returns what they share, by their folders.
    """
    from botocore.loaders import Loader

    shared: dict[tuple[str, ...], dict[Any, Any]] = {}

    def found(loader: Loader) -> dict[Any, Any]:
        # Each of boto3's sessions appends its folder again to a loader that it shares.
        folders = tuple(dict.fromkeys(loader.search_paths))
        return shared.setdefault(folders, {})

    def begin(loader: Loader, empty: dict[Any, Any]) -> None:
        """Ignore the loader's own: it is empty."""

    # Where `instance_cache` in botocore.loaders keeps what was read.
    Loader._cache = property(found, begin)
    return shared


def read(*services: str) -> None:
    """Read what a client of each service needs; whoever asks later finds it."""
    from botocore.loaders import Loader

    loader = Loader()
    loader.load_data("endpoints")
    loader.load_data("partitions")
    loader.load_data("sdk-default-configuration")
    loader.load_data("_retry")
    for service in services:
        for kind in (_SERVICE, _RULES):
            loader.load_service_model(service, kind)


def read_as_boto3(services: Iterable[str], resources: Iterable[str] = ()) -> None:
    """Read what boto3's own sessions read, which look into one folder more.

    No client of this is left, and nothing was asked for credentials.
    """
    import boto3

    session = boto3.session.Session("none", "none", region_name="us-east-1")
    for service in services:
        session.client(service)
    for service in resources:
        session.resource(service)
