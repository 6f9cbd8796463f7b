"""From what a caller asks of an event source mapping to its settings, and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from grader.cloud.event_patterns import InvalidPattern
from grader.cloud.functions.calls import Members
from grader.cloud.functions.errors import invalid, unmodelled
from grader.cloud.functions.mapping_sources import Source
from grader.cloud.polling.filters import NO_FILTERS, Filters, compile_filters
from grader.cloud.polling.mapping import EventSourceMapping, Settings

_PLAIN = {
    "BatchSize": "batch_size",
    "MaximumBatchingWindowInSeconds": "batching_window",
    "MaximumRecordAgeInSeconds": "maximum_record_age",
    "MaximumRetryAttempts": "maximum_retry_attempts",
    "BisectBatchOnFunctionError": "bisect",
    "ParallelizationFactor": "parallelization_factor",
    "TumblingWindowInSeconds": "tumbling_window",
}
_OF_STREAMS = (
    "StartingPosition",
    "StartingPositionTimestamp",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "BisectBatchOnFunctionError",
    "ParallelizationFactor",
    "TumblingWindowInSeconds",
    "DestinationConfig",
)
_UNMODELLED = (
    "KMSKeyArn",
    "MetricsConfig",
    "LoggingConfig",
    "ProvisionedPollerConfig",
    "Topics",
    "Queues",
    "SourceAccessConfigurations",
    "SelfManagedEventSource",
    "AmazonManagedKafkaEventSourceConfig",
    "SelfManagedKafkaEventSourceConfig",
    "DocumentDBEventSourceConfig",
)
_MOST_FILTERS = 5


def changed(settings: Settings, asked: Members, source: Source) -> Settings:
    """Return settings with what a caller asks for.

    Raises:
        AWSError: InvalidParameterValueException.
    """
    for name in _UNMODELLED:
        if asked.get(name):
            raise unmodelled(f"{name} of an event source mapping")
    _check_kind(asked, source)
    changes: dict[str, Any] = {
        field: asked[name] for name, field in _PLAIN.items() if name in asked
    }
    if "FilterCriteria" in asked:
        changes["filters"] = _filters(asked["FilterCriteria"])
    if "FunctionResponseTypes" in asked:
        changes["response_types"] = tuple(asked["FunctionResponseTypes"])
    if "ScalingConfig" in asked:
        changes["maximum_concurrency"] = asked["ScalingConfig"].get(
            "MaximumConcurrency"
        )
    if "DestinationConfig" in asked:
        destination = asked["DestinationConfig"].get("OnFailure", {})
        changes["on_failure"] = destination.get("Destination") or None
    return replace(settings, **changes)


def of_function(settings: Settings, arn: str) -> Settings:
    """Return settings for another function, version or alias."""
    return replace(settings, function_arn=arn)


def _check_kind(asked: Members, source: Source) -> None:
    """Refuse what the kind of source doesn't have."""
    if source.is_stream:
        if "ScalingConfig" in asked:
            raise invalid("ScalingConfig is only valid for SQS event sources.")
        return
    for name in _OF_STREAMS:
        if name in asked:
            raise invalid(f"{name} is not valid for SQS event sources.")


def _filters(criteria: Members) -> Filters:
    texts = [one.get("Pattern") for one in criteria.get("Filters", [])]
    if not texts:
        return NO_FILTERS
    if len(texts) > _MOST_FILTERS:
        raise invalid("Invalid filter criteria: too many filters.")
    try:
        return compile_filters(text or "" for text in texts)
    except InvalidPattern:
        raise invalid("Invalid filter pattern definition.") from None


def described(mapping: EventSourceMapping, source: Source) -> dict[str, Any]:
    """Describe a mapping as every operation does."""
    settings = mapping.settings
    members: dict[str, Any] = {
        "UUID": mapping.uuid,
        "BatchSize": settings.batch_size,
        "MaximumBatchingWindowInSeconds": settings.batching_window,
        "EventSourceArn": mapping.source_arn,
        "FunctionArn": settings.function_arn,
        "LastModified": mapping.last_modified,
        "State": mapping.state,
        "StateTransitionReason": mapping.state_transition_reason,
        "FunctionResponseTypes": list(settings.response_types),
        "EventSourceMappingArn": mapping.arn,
    }
    if settings.filters.patterns:
        filters = [{"Pattern": text} for text in settings.filters.patterns]
        members["FilterCriteria"] = {"Filters": filters}
    if settings.maximum_concurrency is not None:
        members["ScalingConfig"] = {"MaximumConcurrency": settings.maximum_concurrency}
    if source.is_stream:
        members |= _of_stream(mapping)
    return members


def _of_stream(mapping: EventSourceMapping) -> dict[str, Any]:
    settings = mapping.settings
    on_failure = {"Destination": settings.on_failure} if settings.on_failure else {}
    members: dict[str, Any] = {
        "StartingPosition": mapping.starting_position,
        "LastProcessingResult": mapping.last_processing_result,
        "DestinationConfig": {"OnFailure": on_failure},
        "ParallelizationFactor": settings.parallelization_factor,
        "MaximumRecordAgeInSeconds": settings.maximum_record_age,
        "BisectBatchOnFunctionError": settings.bisect,
        "MaximumRetryAttempts": settings.maximum_retry_attempts,
        "TumblingWindowInSeconds": settings.tumbling_window,
    }
    if mapping.starting_timestamp is not None:
        members["StartingPositionTimestamp"] = mapping.starting_timestamp
    return members
