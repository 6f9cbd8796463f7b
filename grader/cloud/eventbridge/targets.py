"""What PutTargets takes: which targets, with which settings.

moto looks at the beginning of an ARN. Follows "PutTargets" and "Target" in the
EventBridge API reference.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from grader.cloud.eventbridge import errors, inputs, json_paths
from grader.cloud.eventbridge.rule_names import RuleName
from grader.cloud.eventbridge.target_kinds import ARCHIVE, Place, place_of
from grader.cloud.payloads import place as place_in
from grader.facts import eventbridge

_INPUTS = ("Input", "InputPath", "InputTransformer")
# What only some other kinds of targets have.
_FOR = {
    "KinesisParameters": ("kinesis",),
    "SqsParameters": ("sqs",),
    "HttpParameters": ("api-destination",),
}
_UNMODELLED = (
    *("AppSyncParameters", "BatchParameters", "EcsParameters", "RunCommandParameters"),
    *("RedshiftDataParameters", "SageMakerPipelineParameters"),
)

Target = Mapping[str, Any]


def check(rule: RuleName, targets: Sequence[Target], known: Iterable[Target]) -> None:
    """Refuse targets that a rule can't have beside those that it has.

    Raises:
        JsonRESTError: ValidationException, LimitExceededException.
    """
    ids = {target["Id"] for target in (*known, *targets)}
    if len(ids) > eventbridge.TARGETS_PER_RULE.value:
        raise errors.limit_exceeded()
    for target in targets:
        place = _place(target)
        _check_place(rule, target, place)
        _check_input(target, place)
        _check_dead_letters(rule, target)


def _place(target: Target) -> Place:
    arn = target["Arn"]
    if not arn.startswith("arn:") or arn.count(":") < 5:
        raise errors.not_valid(arn, "Provided Arn is not in correct format.")
    place = place_of(arn)
    service = arn.split(":")[2]
    if place is None or place.kind == ARCHIVE or not place.name:
        if service in ("lambda", "sqs", "sns", "logs", "states", "kinesis", "events"):
            raise errors.not_valid(arn, "Provided Arn is not in correct format.")
        raise errors.unmodelled(f"targets of {service} ({arn})")
    return place


def _check_place(rule: RuleName, target: Target, place: Place) -> None:
    arn = target["Arn"]
    for name in _UNMODELLED:
        if name in target:
            raise errors.unmodelled(f"{name} of targets")
    for name, kinds in _FOR.items():
        if name in target and place.kind not in kinds:
            raise errors.validation(
                f"Parameter(s) {name} are not valid for target: {target['Id']}."
            )
    if place.kind != "event-bus" and place.region != rule.region:
        raise errors.not_valid(arn, "Provided Arn is in another Region than the rule.")
    if _needs_role(rule, place) and not target.get("RoleArn"):
        raise errors.validation(f"RoleArn is required for target {arn}.")
    if (
        place.kind == "sqs"
        and place.name.endswith(".fifo")
        and not (target.get("SqsParameters") or {}).get("MessageGroupId")
    ):
        raise errors.validation(
            f"Parameter(s) SqsParameters must be specified for target: {target['Id']}."
        )


def _needs_role(rule: RuleName, place: Place) -> bool:
    if place.kind == "event-bus":
        return (place.account, place.region) != (rule.account, rule.region)
    return place.kind in ("states", "kinesis", "api-destination")


def _check_input(target: Target, place: Place) -> None:
    name = target["Id"]
    if sum(one in target for one in _INPUTS) > 1:
        raise errors.validation(
            "Only one of Input, InputPath, or InputTransformer must be provided for"
            f" target {name}."
        )
    if "Input" in target and not _is_json(target["Input"]):
        raise errors.validation(f"JSON syntax error in input for target {name}.")
    if "InputPath" in target and not json_paths.is_path(target["InputPath"]):
        raise errors.validation(f"InputPath for target {name} is invalid.")
    if "InputTransformer" in target:
        _check_transformer(name, target["InputTransformer"], place)
    if place.kind == "logs" and ("Input" in target or "InputPath" in target):
        raise errors.validation(
            f"Input and InputPath are not supported for target {name}."
        )


def _check_transformer(name: str, transformer: Target, place: Place) -> None:
    paths = transformer.get("InputPathsMap") or {}
    template = transformer["InputTemplate"]
    for key in paths:
        if key.upper().startswith("AWS"):
            raise errors.validation(
                f"InputPathsMap for target {name} contains the reserved name {key}."
            )
    for one in inputs.placeholders(template):
        if one not in paths and one not in inputs.RESERVED:
            raise errors.validation(
                f"InputTemplate for target {name} contains invalid placeholder {one}."
            )
    sample = inputs.filled(template, _sample)
    try:
        made = _texts(sample) if inputs.is_text(template) else json.loads(sample)
    except json.JSONDecodeError as error:
        at = min(error.pos + 1, len(template))
        where = place_in(template, at, "String")
        raise errors.validation(
            f"Invalid InputTemplate for target {name} : {where}."
        ) from None
    if place.kind == "logs" and (
        not isinstance(made, dict) or set(made) != {"timestamp", "message"}
    ):
        # The sentence that people met: aws-cloudformation-user-guide#1010.
        raise errors.validation(f"Input for target {name} is not a valid JSON text.")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _sample(name: str, quoted: bool) -> str:
    """Stand for a variable, with as many characters: errors name the place."""
    width = len(f"<{name}>")
    return "x" * width if quoted else "0".ljust(width)


def _texts(template: str) -> list[str]:
    """Read a template of texts in quotes, one or more of them.

    Raises:
        JSONDecodeError: for anything else in it.
    """
    decoder, found, at = json.JSONDecoder(), [], 0
    while rest := template[at:].lstrip():
        at = len(template) - len(rest)
        if rest[0] != '"':
            raise json.JSONDecodeError("Expecting a text", template, at)
        text, at = decoder.raw_decode(template, at)
        found.append(text)
    return found


def _check_dead_letters(rule: RuleName, target: Target) -> None:
    arn = (target.get("DeadLetterConfig") or {}).get("Arn")
    if arn is None:
        return
    place = place_of(arn)
    if place is None or place.kind != "sqs" or place.region != rule.region:
        raise errors.not_valid(
            "DeadLetterConfig.Arn",
            "Must be the Arn of an SQS queue in the same Region.",
        )
    if place.name.endswith(".fifo"):
        raise errors.not_valid(
            "DeadLetterConfig.Arn",
            "FIFO queues aren't supported as dead-letter queues.",
        )
