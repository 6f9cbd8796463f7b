"""What botocore makes anew for each client or request, made once for a process.

A lab's examiner and a notebook make many clients of few services, one for each account
and Region: a client's model of its service, with every shape that was looked at, is
the same in all of them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

_REMEMBERED = 256
# By a service's name: what was read of its model, and the model that was made of it.
_models: dict[str, tuple[Any, Any]] = {}


def share() -> None:
    """Let all clients of this process share what is the same in them, from now on."""
    from botocore import useragent
    from botocore.client import ClientCreator

    ClientCreator._load_service_model = _model
    # A few texts, letter by letter, for each request.
    sanitize = useragent.sanitize_user_agent_string_component
    if not hasattr(sanitize, "cache_info"):
        useragent.sanitize_user_agent_string_component = lru_cache(_REMEMBERED)(
            sanitize
        )


def _model(creator: Any, service: str, api_version: str | None = None) -> Any:
    from botocore.model import ServiceModel

    read = creator._loader.load_service_model(
        service, "service-2", api_version=api_version
    )
    known = _models.get(service)
    # Another folder or version of models has read something else.
    if known is None or known[0] is not read:
        known = _models[service] = read, ServiceModel(read, service_name=service)
    return known[1]
