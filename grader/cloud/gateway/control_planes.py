"""Our answers laid over moto's API Gateway control planes, when first needed."""

from __future__ import annotations

import importlib
import sys
from threading import Lock

from grader.cloud.invocation import Invoker

_lock = Lock()
_installed = False


def install(invoker: Invoker) -> None:
    """Lay our overrides over moto's; call it before moto's first answer.

    It takes half a second the first time, moto's API Gateway being what it is, so the
    server calls it with the first request for API Gateway. ``invoker`` runs the
    functions of test invocations from now on.
    """
    global _installed
    with _lock:
        if not _installed:
            _import_moto()
        from grader.cloud.gateway import http_control, rest_control

        if not _installed:
            rest_control.install()
            http_control.install()
            _installed = True
        rest_control.RestControl.invoker = invoker


def _import_moto() -> None:
    # moto imports jsonschema, which compiles a grammar of IRIs (1.2 s) if it finds
    # one; nothing here checks IRIs.
    grammar = "rfc3987_syntax"
    hidden = grammar not in sys.modules and "jsonschema" not in sys.modules
    if hidden:
        sys.modules[grammar] = None  # type: ignore[assignment]
    try:
        importlib.import_module("moto.apigateway.urls")
    finally:
        if hidden:
            del sys.modules[grammar]
