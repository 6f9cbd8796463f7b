"""What botocore works out about its events, shared by a process's sessions.

Each session registers the same 150 handlers, and for each of them looks through a
signature and a table of old names of services; each client begins that table anew.
That is half of the time that a program's first client takes.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any


def share() -> dict[str, str]:
    """Let all sessions share it, from now on.

    Returns what they share: today's names of events, by those that handlers and
    clients use.
    """
    from botocore import handlers, hooks

    names: dict[str, str] = {}
    begin = hooks.EventAliaser.__init__

    def begin_with_names(
        aliaser: Any, emitter: Any, aliases: dict[str, str] | None = None
    ) -> None:
        begin(aliaser, emitter, aliases)
        # A client's is a copy of its session's.
        if aliaser._event_aliases == hooks.EVENT_ALIASES:
            aliaser._alias_name_cache = names

    hooks.EventAliaser.__init__ = begin_with_names
    examine: Callable[[Any], object] = hooks.accepts_kwargs
    examined = {
        handler: examine(handler)
        for _, handler, *_ in handlers.BUILTIN_HANDLERS
        if isinstance(handler, FunctionType)
    }

    def known_or_examined(handler: Any) -> object:
        # Only plain functions: others may not be hashable.
        if isinstance(handler, FunctionType) and handler in examined:
            return examined[handler]
        return examine(handler)

    hooks.accepts_kwargs = known_or_examined
    return names
