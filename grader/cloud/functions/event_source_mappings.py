"""Event source mappings: which source is polled for which function.

moto delivers in the sender's request, one record at a time, and goes on after a mapping
was deleted; here the control plane keeps the mappings, and ``grader.cloud.polling``
polls.
"""

from __future__ import annotations

import time
import uuid
from typing import Any

from grader.cloud.functions import constraints, mapping_settings, names, pages
from grader.cloud.functions.calls import Call, Members, operation
from grader.cloud.functions.errors import (
    conflict,
    failure,
    invalid,
    missing,
    unmodelled,
)
from grader.cloud.functions.mapping_changes import announce_mapping
from grader.cloud.functions.mapping_sources import KNOWN_TO_AWS, SOURCES, Source
from grader.cloud.functions.mapping_streams import check_position
from grader.cloud.functions.storage import FunctionsBackend
from grader.cloud.functions.stored_function import StoredFunction
from grader.cloud.polling.mapping import (
    CREATING,
    DELETING,
    DISABLED,
    DISABLING,
    ENABLED,
    ENABLING,
    UPDATING,
    EventSourceMapping,
    Settings,
)

_LARGEST_PAGE = 100


@operation("CreateEventSourceMapping")
def create_event_source_mapping(call: Call) -> Members:
    """Have a source polled for a function.

    https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
    """
    return _announced(create(call.backend, call.parameters))


def create(backend: FunctionsBackend, asked: Members) -> EventSourceMapping:
    """Store what a request or a template asks for; announce the mapping then.

    Raises:
        AWSError: InvalidParameterValueException, ResourceConflictException.
    """
    arn: str | None = asked.get("EventSourceArn")
    source = _source(arn)
    assert arn is not None
    if source.is_stream and "StartingPosition" not in asked:
        raise constraints.violation(None, "startingPosition", "Member must not be null")
    named, function = _function(backend, asked["FunctionName"])
    settings = mapping_settings.changed(
        Settings(named.arn, source.default_batch_size), asked, source
    )
    _check_unique(backend, arn, settings.function_arn)
    moment = _timestamp(asked.get("StartingPositionTimestamp"))
    if source.is_stream:
        check_position(arn, asked["StartingPosition"], moment)
    source.check(function, arn, settings)
    mapping = EventSourceMapping(
        uuid=str(uuid.uuid4()),
        account=backend.account_id,
        region=backend.region_name,
        source_arn=arn,
        settings=settings,
        last_modified=time.time(),
        enabled=asked.get("Enabled", True),
        state=CREATING,
        state_transition_reason=source.transition_reason,
        starting_position=asked.get("StartingPosition"),
        starting_timestamp=moment,
        tags=dict(asked.get("Tags", {})),
    )
    backend.mappings[mapping.uuid] = mapping
    return mapping


def _source(arn: str | None) -> Source:
    """Return the rules for a source.

    Raises:
        AWSError: InvalidParameterValueException for a kind that isn't polled.
    """
    service = arn.split(":")[2] if arn else None
    if service in KNOWN_TO_AWS:
        raise unmodelled(f"event sources of {service}")
    if service not in SOURCES:
        raise invalid("Unrecognized event source.")
    return SOURCES[service]


def _function(
    backend: FunctionsBackend, name: str
) -> tuple[names.FunctionName, StoredFunction]:
    """Find the function, version or alias of a mapping."""
    named = names.parse(backend.account_id, backend.region_name, name)
    if backend.latest(named.name) is None:
        raise invalid("Function does not exist")
    return named, backend.require(named)


def _check_unique(backend: FunctionsBackend, source: str, function: str) -> None:
    for mapping in backend.mappings.values():
        if (mapping.source_arn, mapping.settings.function_arn) != (source, function):
            continue
        name = function.split(":", 6)[6]
        if mapping.service == "sqs":
            said = (
                f'An event source mapping with SQS arn (" {source} ") and function'
                f' (" {name} ") already exists.'
            )
        else:
            said = (
                f'The event source arn (" {source} ") and function (" {name} ")'
                " provided mapping already exists."
            )
        raise conflict(
            f"{said} Please update or delete the existing mapping with UUID"
            f" {mapping.uuid}"
        )


def _timestamp(given: Any) -> float | None:
    return None if given is None else float(given)


def _mapping(call: Call) -> EventSourceMapping:
    mapping = call.backend.mappings.get(call["UUID"])
    if mapping is None:
        raise missing("The resource you requested does not exist.")
    return mapping


def _check_at_rest(mapping: EventSourceMapping, verb: str) -> None:
    if mapping.state not in (ENABLED, DISABLED):
        raise failure(
            "ResourceInUseException",
            f"Cannot {verb} the event source mapping because it is in use.",
        )


@operation("GetEventSourceMapping")
def get_event_source_mapping(call: Call) -> Members:
    """Describe a mapping."""
    mapping = _mapping(call)
    return mapping_settings.described(mapping, _source(mapping.source_arn))


@operation("UpdateEventSourceMapping")
def update_event_source_mapping(call: Call) -> Members:
    """Change a mapping's settings, or whether it is enabled.

    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html
    """
    mapping = _mapping(call)
    _check_at_rest(mapping, "update")
    return update(call.backend, mapping, call.parameters)


def update(
    backend: FunctionsBackend, mapping: EventSourceMapping, asked: Members
) -> Members:
    """Change a mapping as a request or a template's properties say.

    Raises:
        AWSError: InvalidParameterValueException, ResourceConflictException.
    """
    source = _source(mapping.source_arn)
    settings = mapping_settings.changed(mapping.settings, asked, source)
    function_name = asked.get("FunctionName", settings.function_arn)
    named, function = _function(backend, function_name)
    if named.arn != settings.function_arn:
        _check_unique(backend, mapping.source_arn, named.arn)
        settings = mapping_settings.of_function(settings, named.arn)
    source.check(function, mapping.source_arn, settings)
    enabled = asked.get("Enabled", mapping.enabled)
    if enabled != mapping.enabled:
        mapping.state = ENABLING if enabled else DISABLING
    else:
        mapping.state = UPDATING
    mapping.settings, mapping.enabled = settings, enabled
    mapping.last_modified = time.time()
    return _announced(mapping)


@operation("DeleteEventSourceMapping")
def delete_event_source_mapping(call: Call) -> Members:
    """Poll no more for a function, from now on.

    https://docs.aws.amazon.com/lambda/latest/api/API_DeleteEventSourceMapping.html
    """
    mapping = _mapping(call)
    _check_at_rest(mapping, "delete")
    return delete(mapping)


def delete(mapping: EventSourceMapping) -> Members:
    """Begin to delete a mapping."""
    mapping.state = DELETING
    return _announced(mapping)


def _announced(mapping: EventSourceMapping) -> Members:
    """Describe a mapping as it is now, and then let its change take effect."""
    answer = mapping_settings.described(mapping, _source(mapping.source_arn))
    announce_mapping(mapping)
    return answer


@operation("ListEventSourceMappings")
def list_event_source_mappings(call: Call) -> Members:
    """List the mappings of a source or function."""
    wanted = call.get("FunctionName")
    named = names.parse(call.account, call.region, wanted) if wanted else None
    found = [
        mapping_settings.described(mapping, _source(mapping.source_arn))
        for mapping in call.backend.mappings.values()
        if call.get("EventSourceArn") in (None, mapping.source_arn)
        and (named is None or named.arn == mapping.settings.function_arn)
    ]
    return pages.page(call, "EventSourceMappings", found, largest=_LARGEST_PAGE)
