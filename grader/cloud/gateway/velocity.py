"""The part of the Velocity Template Language that API Gateway's templates use.

References with members, methods and indices; ``#set``, ``#if``, ``#foreach`` and
comments; Velocity's arithmetic, comparisons, lists and maps. Anything else is an error
that names it. Follows the Velocity user guide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from grader.cloud.gateway.unsupported import NotModelled


class Tool:
    """An object whose public methods and properties templates may use."""


def render(template: str, names: Mapping[str, Any]) -> str:
    """Render a template with these names known. Raises: NotModelled."""
    return "".join(_Template(template).block(dict(names), run=True))


def text(value: Any) -> str:
    """Write a value as a template does: nothing for null, JSON for objects."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return json.dumps(value, separators=(",", ":"))
    return str(value)


_METHODS: dict[str, Callable[..., Any]] = {
    "get": lambda value, key: (
        value.get(key) if isinstance(value, Mapping) else value[key]
    ),
    "size": len,
    "keySet": list,
    "entrySet": lambda value: [{"key": k, "value": v} for k, v in value.items()],
    "isEmpty": lambda value: not value,
    "contains": lambda value, part: part in value,
    "containsKey": lambda value, key: key in value,
    "equals": lambda value, other: value == other,
    "length": len,
    "toString": text,
    "toUpperCase": lambda value: value.upper(),
    "toLowerCase": lambda value: value.lower(),
    "replaceAll": lambda value, old, new: re.sub(old, new, value),
    "replace": lambda value, old, new: value.replace(old, new),
    "split": lambda value, by: re.split(by, value),
    "startsWith": lambda value, start: value.startswith(start),
    "trim": lambda value: value.strip(),
}
_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?\d+(?:\.\d+)?)|(?P<text>\"[^\"]*\"|'[^']*')"
    r"|(?P<name>\$!?\{?[A-Za-z]\w*)|(?P<word>[A-Za-z]\w*)"
    r"|(?P<operator>==|!=|<=|>=|&&|\|\||[-+*/%<>!()\[\],.{}:=]))"
)


class _Template:
    """One template being read, a character position at a time."""

    def __init__(self, template: str) -> None:
        self.text = template
        self.at = 0

    def block(self, names: dict[str, Any], *, run: bool) -> Iterator[str]:
        """Yield text up to the directive that ends this block."""
        while self.at < len(self.text):
            mark = re.compile(r"\$!?\{?[A-Za-z]|#").search(self.text, self.at)
            if mark is None:
                rest, self.at = self.text[self.at :], len(self.text)
                if run:
                    yield rest
                return
            if run:
                yield self.text[self.at : mark.start()]
            self.at = mark.start()
            if self.text[self.at] == "$":
                value = self._reference(names, run=run)
                if run:
                    yield text(value)
            elif re.compile(r"#\{?(?:end|else|elseif)\b").match(self.text, self.at):
                return
            else:
                yield from self._directive(names, run=run)

    def _directive(self, names: dict[str, Any], *, run: bool) -> Iterator[str]:
        if self.text.startswith("##", self.at):
            end = self.text.find("\n", self.at)
            self.at = len(self.text) if end < 0 else end + 1
            return
        word = re.compile(r"#(set|if|foreach)\s*\(").match(self.text, self.at)
        if word is None:
            other = re.compile(r"#\{?[a-z]+").match(self.text, self.at)
            if other is not None:
                raise NotModelled(f"{other[0]} in a mapping template")
            self.at += 1
            if run:
                yield "#"
            return
        self.at = word.end()
        if word[1] == "set":
            self._set(names, run=run)
        elif word[1] == "if":
            yield from self._if(names, run=run)
        else:
            yield from self._foreach(names, run=run)

    def _set(self, names: dict[str, Any], *, run: bool) -> None:
        target = re.compile(r"\s*\$!?\{?(\w+)\}?\s*=").match(self.text, self.at)
        if target is None:
            raise NotModelled("#set of anything but a variable")
        self.at = target.end()
        value = self._expression(names, run=run)
        self._expect(")")
        if run:
            names[target[1]] = value
        self._skip_line_end()

    def _if(self, names: dict[str, Any], *, run: bool) -> Iterator[str]:
        taken = False
        chosen = run and bool(self._expression(names, run=run))
        if not run:
            self._expression(names, run=False)
        self._expect(")")
        while True:
            yield from self.block(names, run=chosen)
            taken = taken or chosen
            word = re.compile(r"#(?:\{(end|else)\}|(end|elseif|else))").match(
                self.text, self.at
            )
            if word is None:
                raise NotModelled("#if without #end")
            self.at = word.end()
            name = word[1] or word[2]
            if name == "end":
                self._skip_line_end()
                return
            if name == "elseif":
                opening = re.compile(r"\s*\(").match(self.text, self.at)
                self.at = opening.end() if opening else self.at
                condition = self._expression(names, run=run and not taken)
                self._expect(")")
                chosen = run and not taken and bool(condition)
            else:
                chosen = run and not taken

    def _foreach(self, names: dict[str, Any], *, run: bool) -> Iterator[str]:
        head = re.compile(r"\s*\$!?\{?(\w+)\}?\s+in\b").match(self.text, self.at)
        if head is None:
            raise NotModelled("#foreach without $x in $y")
        self.at = head.end()
        values = self._expression(names, run=run)
        self._expect(")")
        start = self.at
        items = list(values.values() if isinstance(values, Mapping) else values or [])
        for count, item in enumerate(items, 1):
            self.at = start
            names[head[1]] = item
            names["velocityCount"] = count
            names["foreach"] = {
                "count": count,
                "index": count - 1,
                "hasNext": count < len(items),
            }
            yield from self.block(names, run=True)
        if not items:
            for _ in self.block(names, run=False):
                pass
        if not self.text.startswith("#end", self.at):
            raise NotModelled("#foreach without #end")
        self.at += len("#end")
        self._skip_line_end()

    def _skip_line_end(self) -> None:
        found = re.compile(r"[ \t]*\n").match(self.text, self.at)
        if found is not None:
            self.at = found.end()

    # Expressions: or > and > comparison > sum > product > unary > operand.

    def _expression(self, names: dict[str, Any], *, run: bool, level: int = 0) -> Any:
        if level == len(_LEVELS):
            return self._operand(names, run=run)
        value = self._expression(names, run=run, level=level + 1)
        while (operator := self._peek()) in _LEVELS[level]:
            self._expect(operator)
            other = self._expression(names, run=run, level=level + 1)
            value = _LEVELS[level][operator](value, other) if run else None
        return value

    def _operand(self, names: dict[str, Any], *, run: bool) -> Any:
        token = _TOKEN.match(self.text, self.at)
        if token is None:
            raise NotModelled(f"{self.text[self.at : self.at + 20]!r} in a template")
        if token["name"]:
            self.at = token.start("name")
            return self._reference(names, run=run)
        self.at = token.end()
        if token["number"]:
            number = token["number"]
            return float(number) if "." in number else int(number)
        if token["text"]:
            quoted = token["text"]
            # Velocity fills in variables between double quotes only.
            if quoted[0] == '"' and "$" in quoted and run:
                return "".join(_Template(quoted[1:-1]).block(names, run=True))
            return quoted[1:-1]
        if token["word"] in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[token["word"]]
        if token["operator"] == "!":
            return not self._operand(names, run=run)
        if token["operator"] == "(":
            value = self._expression(names, run=run)
            self._expect(")")
            return value
        if token["operator"] == "[":
            return self._list(names, run=run)
        if token["operator"] == "{":
            return self._map(names, run=run)
        raise NotModelled(f"{token[0].strip()!r} in a mapping template")

    def _list(self, names: dict[str, Any], *, run: bool) -> list[Any]:
        values = []
        while self._peek() != "]":
            values.append(self._expression(names, run=run))
            if self._peek() == ",":
                self._expect(",")
        self._expect("]")
        return values

    def _map(self, names: dict[str, Any], *, run: bool) -> dict[str, Any]:
        values = {}
        while self._peek() != "}":
            key = self._expression(names, run=run)
            self._expect(":")
            values[text(key)] = self._expression(names, run=run)
            if self._peek() == ",":
                self._expect(",")
        self._expect("}")
        return values

    def _reference(self, names: dict[str, Any], *, run: bool) -> Any:
        head = re.compile(r"\$!?(\{?)([A-Za-z]\w*)").match(self.text, self.at)
        assert head is not None
        start, self.at = self.at, head.end()
        known = head[2] in names
        value = names.get(head[2])
        while True:
            member = re.compile(r"\.([A-Za-z_]\w*)(\()?").match(self.text, self.at)
            if member is not None:
                self.at = member.end()
                if member[2]:
                    arguments = self._arguments(names, run=run)
                    value = _call(value, member[1], arguments) if run else None
                elif run:
                    value = _attribute(value, member[1])
            elif self.text.startswith("[", self.at) and known:
                self.at += 1
                key = self._expression(names, run=run)
                self._expect("]")
                value = _call(value, "get", [key]) if run else None
            else:
                break
        if head[1]:
            self._expect("}")
        # Velocity leaves a reference that it doesn't know as it stands.
        return value if known or not run else self.text[start : self.at]

    def _arguments(self, names: dict[str, Any], *, run: bool) -> list[Any]:
        values = []
        while self._peek() != ")":
            values.append(self._expression(names, run=run))
            if self._peek() == ",":
                self._expect(",")
        self._expect(")")
        return values

    def _peek(self) -> str:
        token = _TOKEN.match(self.text, self.at)
        return (token["operator"] or "") if token else ""

    def _expect(self, operator: str) -> None:
        token = _TOKEN.match(self.text, self.at)
        if token is None or token["operator"] != operator:
            raise NotModelled(
                f"a mapping template without {operator!r} before"
                f" {self.text[self.at : self.at + 20]!r}"
            )
        self.at = token.end()


def _attribute(value: Any, name: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(name)
    if isinstance(value, Tool) and not name.startswith("_"):
        return getattr(value, name, None)
    return None


def _call(value: Any, name: str, arguments: list[Any]) -> Any:
    if isinstance(value, Tool):
        if name.startswith("_") or not hasattr(value, name):
            raise NotModelled(f"{name}() in a mapping template")
        return getattr(value, name)(*arguments)
    if name not in _METHODS:
        raise NotModelled(f"{name}() in a mapping template")
    try:
        return _METHODS[name](value, *arguments)
    except (TypeError, AttributeError, KeyError, IndexError):
        return None


def _added(left: Any, right: Any) -> Any:
    if isinstance(left, str) or isinstance(right, str):
        return text(left) + text(right)
    return left + right


_LEVELS: tuple[dict[str, Callable[[Any, Any], Any]], ...] = (
    {"||": lambda a, b: bool(a) or bool(b)},
    {"&&": lambda a, b: bool(a) and bool(b)},
    {
        "==": lambda a, b: a == b,
        "!=": lambda a, b: a != b,
        "<": lambda a, b: a < b,
        ">": lambda a, b: a > b,
        "<=": lambda a, b: a <= b,
        ">=": lambda a, b: a >= b,
    },
    {"+": _added, "-": lambda a, b: a - b},
    {
        "*": lambda a, b: a * b,
        "/": lambda a, b: a // b,
        "%": lambda a, b: a % b,
    },
)
