"""Who polls for the event source mappings, and hears of every change to one."""

from __future__ import annotations

from collections.abc import Callable

from grader.cloud.functions import storage
from grader.cloud.polling.mapping import (
    DELETING,
    DISABLED,
    ENABLED,
    EventSourceMapping,
)

Observer = Callable[[EventSourceMapping], None]
_observers: list[Observer] = []


def on_mapping(observer: Observer) -> Callable[[], None]:
    """Say who follows the mappings: the last one who does; returns what ends that.

    It is told of a mapping that is Creating, Updating, Enabling, Disabling or
    Deleting, and calls ``finish_transition`` when that is over.
    """
    _observers.append(observer)

    def forget() -> None:
        if observer in _observers:
            _observers.remove(observer)

    return forget


def announce_mapping(mapping: EventSourceMapping) -> None:
    """Tell of a change; without anybody to tell, it is over at once."""
    if _observers:
        _observers[-1](mapping)
    else:
        finish_transition(mapping)


def finish_transition(mapping: EventSourceMapping) -> None:
    """Bring a mapping to rest: Enabled, Disabled, or gone."""
    backend = storage.backend(mapping.account, mapping.region)
    with backend.lock:
        if mapping.state == DELETING:
            backend.mappings.pop(mapping.uuid, None)
        else:
            mapping.state = ENABLED if mapping.enabled else DISABLED
