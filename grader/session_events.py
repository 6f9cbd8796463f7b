"""What botocore works out about its events, shared by a process's sessions.

Each session registers the same 150 handlers, and for each of them looks through a
signature and a table of old names of services; each client begins that table anew.
That is half of the time that a program's first client takes. A client's events begin
as a copy of its session's, node by node of a tree: a fifth of every further client.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from types import FunctionType, MethodType
from typing import Any

_THEIRS = ("botocore.", "boto3.")
# Of the handlers of one event, botocore's number for those that are neither the first
# nor the last.
_MIDDLE = 1


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
        # Of a method, its function: each client has methods of its own.
        function = handler.__func__ if isinstance(handler, MethodType) else handler
        # Only plain functions: others may not be hashable.
        if not isinstance(function, FunctionType):
            return examine(handler)
        if function in examined:
            return examined[function]
        said = examine(handler)
        if function.__module__.startswith(_THEIRS):
            examined[function] = said
        return said

    hooks.accepts_kwargs = known_or_examined
    _share_trees(hooks._PrefixTrie)
    return names


def _share_trees(tree: Any) -> None:
    """Let a copied tree of handlers have the nodes of the other until it grows.

    What is appended to either then goes into copies of the nodes on its way.
    """
    if hasattr(tree, "is_shared"):
        return
    append, remove, recopy = tree.append_item, tree.remove_item, tree.__copy__

    def copied(known: Any) -> Any:
        known.is_shared = True
        made = type(known)()
        made.is_shared, made._root = True, known._root
        return made

    def append_to_own(known: Any, key: str, value: Any, section: int = _MIDDLE) -> None:
        if known.is_shared:
            known._root = _with_own(known._root, key.split("."))
        append(known, key, value, section)

    def remove_from_own(known: Any, key: str, value: Any) -> None:
        if known.is_shared:
            known.is_shared, known._root = False, recopy(known)._root
        remove(known, key, value)

    tree.is_shared = False
    tree.__copy__ = copied
    tree.append_item = append_to_own
    tree.remove_item = remove_from_own


def _with_own(node: dict[str, Any], parts: list[str]) -> dict[str, Any]:
    """A tree whose nodes on the way to a key are nobody else's."""
    root = at = _own(node)
    for part in parts:
        if part not in at["children"]:
            break  # what follows is new
        at["children"][part] = at = _own(at["children"][part])
    return root


def _own(node: dict[str, Any]) -> dict[str, Any]:
    return {
        "chunk": node["chunk"],
        "children": dict(node["children"]),
        "values": copy(node["values"]),
    }
