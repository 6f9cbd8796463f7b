"""What botocore makes anew for each client or request, made once for a process.

A lab's examiner and a notebook make many clients of few services, one for each account
and Region: a client's model of its service, with every shape that was looked at, is
the same in all of them. So are its methods, and the rules by which it finds where to
send a request.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

_REMEMBERED = 256
# By a service's name: what was read of its model, and the model that was made of it.
_models: dict[str, tuple[Any, Any]] = {}
# By a service's name: its model, and the methods of its clients.
_methods: dict[str, tuple[Any, dict[str, Any]]] = {}
# By the number of a service's rules: they, the partitions, what isn't asked for, and
# what was made of them.
_providers: dict[int, tuple[Any, Any, Any, Any]] = {}


def share() -> None:
    """Let all clients of this process share what is the same in them, from now on."""
    from botocore import regions, useragent
    from botocore.client import ClientCreator

    if ClientCreator._load_service_model is _model:
        return
    ClientCreator._load_service_model = _model
    ClientCreator._create_methods = _sharing_methods(ClientCreator._create_methods)
    regions.EndpointProvider = _sharing_rules(regions.EndpointProvider)
    # A few texts, letter by letter, for each request.
    useragent.sanitize_user_agent_string_component = lru_cache(_REMEMBERED)(
        useragent.sanitize_user_agent_string_component
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


def _sharing_methods(create: Callable[..., dict[str, Any]]) -> Callable[..., Any]:
    def methods(creator: Any, model: Any) -> dict[str, Any]:
        known = _methods.get(model.service_name)
        if known is None or known[0] is not model:
            known = _methods[model.service_name] = model, create(creator, model)
        # A session's handlers add to a class, or replace.
        return dict(known[1])

    return methods


def _sharing_rules(provider: Callable[..., Any]) -> Callable[..., Any]:
    """What evaluates a service's rules also remembers what came of them."""

    def rules(
        ruleset_data: Any, partition_data: Any, excluded_params: Any = None
    ) -> Any:
        known = _providers.get(id(ruleset_data))
        # While it is known, nothing else can have its number.
        if known is None or known[1:3] != (partition_data, excluded_params):
            made = provider(ruleset_data, partition_data, excluded_params)
            known = ruleset_data, partition_data, excluded_params, made
            if len(_providers) == _REMEMBERED:
                _providers.clear()
            _providers[id(ruleset_data)] = known
        return known[3]

    return rules
