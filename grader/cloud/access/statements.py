"""A statement, read once, and what of it a request meets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.access.conditions import Condition, conditions, text
from grader.cloud.access.patterns import action_pattern, resource_pattern
from grader.cloud.access.principal_element import PrincipalElement, principal_element
from grader.cloud.access.request import Context, Effect, Request
from grader.cloud.access.variables import Template, Text, Variable, template

_PLAIN = re.compile(r"[^*?]*")
_BEFORE_RESOURCE = re.compile(r"(?:[^:]*:){5}")


@dataclass(frozen=True)
class Resource:
    """One value of a Resource or NotResource element.

    `prefix` is the text before the first wildcard or variable: most resources don't
    begin with it, which is soon seen. `whole` says that it is all of the value.
    `pattern` is compiled beforehand where no request changes it.
    """

    template: Template
    prefix: str
    whole: bool
    pattern: re.Pattern[str] | None

    def covers(self, resource: str, context: Context) -> bool:
        """Whether it stands for a resource that begins with the prefix."""
        if self.whole:
            return resource == self.prefix
        pattern = self.pattern
        if pattern is None:
            filled = self.template.filled(context)
            if filled is None:
                return False
            pattern = resource_pattern(filled)
        return pattern.fullmatch(resource) is not None


@dataclass(frozen=True)
class Statement:
    """One statement; `index` is its position in the document from 0.

    Without `resources` it is about whatever its policy is attached to, without
    `principals` about whomever.
    """

    index: int
    sid: str | None
    effect: Effect
    actions: tuple[str, ...]
    not_actions: bool
    resources: tuple[Resource, ...] | None
    not_resources: bool
    principals: PrincipalElement | None
    conditions: tuple[Condition, ...]

    def names_action(self, action: str) -> bool:
        """Whether the Action or NotAction element covers an action."""
        named = any(action_pattern(one).fullmatch(action) for one in self.actions)
        return named is not self.not_actions

    def names_resource(self, resource: str, context: Context) -> bool:
        """Whether the Resource or NotResource element covers a resource.

        "The resource that includes a policy variable with no value will not match any
        resource."
        """
        if self.resources is None:
            return True
        # A loop, as this is what an authorisation spends its time on.
        for wanted in self.resources:
            if resource.startswith(wanted.prefix) and wanted.covers(resource, context):
                return not self.not_resources
        return self.not_resources

    def may_name_resource(self, resource: str) -> bool:
        """Whether `names_resource` holds in some context."""
        if self.resources is None:
            return True
        varying = False
        for wanted in self.resources:
            if resource.startswith(wanted.prefix):
                if wanted.pattern is None:
                    varying = True
                elif wanted.covers(resource, {}):
                    return not self.not_resources
        return varying or self.not_resources

    def condition_keys(self) -> Iterator[str]:
        """The condition keys in its conditions and variables, in lower case."""
        for resource in self.resources or ():
            yield from resource.template.condition_keys()
        for condition in self.conditions:
            yield condition.key
            for wanted in condition.wanted:
                yield from wanted.condition_keys()

    def unmet(self, context: Context) -> tuple[Condition, ...]:
        """The conditions that don't hold."""
        return tuple(one for one in self.conditions if not one.holds(context))

    def covers(self, request: Request) -> bool:
        """Whether the resource and every condition match, the action given."""
        context = request.context
        return self.names_resource(request.resource, context) and not (
            self.conditions and self.unmet(context)
        )


def statement(element: Any, index: int, *, variables: bool) -> Statement:
    """Read a statement. Raises: ValueError when it isn't one."""
    if not isinstance(element, Mapping):
        raise ValueError(f"not a statement: {element!r}")
    effect = element.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise ValueError(f"not an effect: {effect!r}")
    actions, not_actions = _either(element, "Action")
    resources, not_resources = _either(element, "Resource")
    return Statement(
        index,
        element.get("Sid"),
        effect,
        actions or (),
        not_actions,
        None
        if resources is None
        else tuple(_resource(one, variables=variables) for one in resources),
        not_resources,
        _principals(element),
        conditions(element.get("Condition") or {}, variables=variables),
    )


def _resource(value: str, *, variables: bool) -> Resource:
    """Read a resource; "you can't use a variable to replace parts of the ARN before the
    fifth colon".
    """
    head = _BEFORE_RESOURCE.match(value)
    start = head.end() if head else len(value)
    name = template(value[start:], variables=variables)
    read = Template.of(value, (Text(value[:start]), *name.parts))
    prefix = _prefix(read)
    pattern = resource_pattern(read.fixed) if read.fixed else None
    return Resource(read, prefix, prefix == value, pattern)


def _prefix(read: Template) -> str:
    """The text up to the first wildcard or variable."""
    found = ""
    for part in read.parts:
        if isinstance(part, Variable):
            break
        if part.literal:
            found += part.text
            continue
        plain = _PLAIN.match(part.text)
        assert plain is not None, "it matches nothing as well"
        found += plain[0]
        if plain.end() < len(part.text):
            break
    return found


def _either(
    element: Mapping[str, Any], name: str
) -> tuple[tuple[str, ...] | None, bool]:
    """What an element or its Not twin lists, and whether it is the twin."""
    for key, negated in ((name, False), (f"Not{name}", True)):
        if key in element:
            value = element[key]
            values = value if isinstance(value, list) else [value]
            return tuple(text(one) for one in values), negated
    return None, False


def _principals(element: Mapping[str, Any]) -> PrincipalElement | None:
    for key, negated in (("Principal", False), ("NotPrincipal", True)):
        if key in element:
            return principal_element(element[key], negated=negated)
    return None
