"""Mapping templates and mapped parameters of REST APIs.

Follows "Variables for data transformations for API Gateway" in the developer guide:
``$input``, ``$context``, ``$stageVariables`` and ``$util`` are what templates know.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from grader.cloud.gateway import velocity


@dataclass(frozen=True)
class Sources:
    """What a template can refer to."""

    body: str
    context: Mapping[str, Any]
    stage_variables: Mapping[str, str]
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]

    def with_error(self, message: str, response_type: str) -> Sources:
        """Add ``$context.error`` for a gateway response."""
        error = {
            "message": message,
            "messageString": json.dumps(message),
            "responseType": response_type,
        }
        return replace(self, context={**self.context, "error": error})


def with_body(sources: Sources, body: str) -> Sources:
    """Return the sources of a response's template: ``$input`` is the backend's body."""
    return replace(sources, body=body)


def substitute(template: str, sources: Sources) -> str:
    """Fill in a gateway response's template: plain variables, nothing else."""

    def value(found: re.Match[str]) -> str:
        scope = {
            "context": sources.context,
            "stageVariables": sources.stage_variables,
        }
        return velocity.text(_member(scope, (found[1] or found[2]).split(".")))

    name = r"((?:context|stageVariables)(?:\.\w+)+)"
    return re.sub(rf"\$(?:\{{{name}\}}|{name})", value, template)


def parameter(expression: str, sources: Sources) -> str:
    """Evaluate the value of a mapped header: ``'literal'`` or a parameter's name."""
    if expression.startswith("'") and expression.endswith("'"):
        return expression[1:-1]
    scope = {
        "context": sources.context,
        "stageVariables": sources.stage_variables,
        "method": {
            "request": {
                "header": sources.headers,
                "querystring": sources.query,
                "path": sources.path,
                "body": sources.body,
            }
        },
    }
    return velocity.text(_member(scope, expression.split(".")))


def render(template: str, sources: Sources) -> str:
    """Render a template. Raises: NotModelled for what this module doesn't know."""
    return velocity.render(
        template,
        {
            "input": _Input(sources),
            "context": sources.context,
            "stageVariables": sources.stage_variables,
            "util": _Util(),
        },
    )


def json_path(document: Any, path: str) -> Any:
    """Return what a JSON path selects: a value, a list of several, or nothing."""
    # Loaded late: it builds its parser's tables when imported.
    from jsonpath_ng import parse

    found = [match.value for match in parse(path).find(document)]
    if not found:
        return None
    return found[0] if len(found) == 1 else found


@dataclass(frozen=True)
class _Input(velocity.Tool):
    sources: Sources

    @property
    def body(self) -> str:
        return self.sources.body

    def _document(self) -> Any:
        try:
            return json.loads(self.sources.body)
        except ValueError:
            return {}

    def json(self, path: str) -> str:
        if path == "$" and self.sources.body:
            return self.sources.body
        value = json_path(self._document(), path)
        return json.dumps(value) if value is not None else '""'

    def path(self, path: str) -> Any:
        return json_path(self._document(), path)

    def params(self, name: str | None = None) -> Any:
        groups = {
            "path": self.sources.path,
            "querystring": self.sources.query,
            "header": self.sources.headers,
        }
        if name is None:
            return groups
        for group in groups.values():
            if name in group:
                return group[name]
        return ""


class _Util(velocity.Tool):
    def escapeJavaScript(self, text: Any) -> str:  # noqa: N802 - Velocity's name
        return json.dumps(velocity.text(text), ensure_ascii=False)[1:-1].replace(
            "'", "\\'"
        )

    def parseJson(self, text: Any) -> Any:  # noqa: N802 - Velocity's name
        return json.loads(velocity.text(text))

    def urlEncode(self, text: Any) -> str:  # noqa: N802 - Velocity's name
        return quote_plus(velocity.text(text))

    def urlDecode(self, text: Any) -> str:  # noqa: N802 - Velocity's name
        return unquote_plus(velocity.text(text))

    def base64Encode(self, text: Any) -> str:  # noqa: N802 - Velocity's name
        return base64.b64encode(velocity.text(text).encode()).decode()

    def base64Decode(self, text: Any) -> str:  # noqa: N802 - Velocity's name
        return base64.b64decode(velocity.text(text)).decode()


def _member(value: Any, names: list[str]) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
