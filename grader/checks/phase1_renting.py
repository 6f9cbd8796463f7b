"""who-manages: who looks after what, on each step of the service ladder."""

from __future__ import annotations

from typing import Any

from grader.checks.exercise import Failed, Raised, Work, exercise
from grader.checks.probe import Probe, quoted

LAYERS = (
    "data",
    "application",
    "capacity",
    "runtime",
    "operating system",
    "patching",
    "network",
    "building",
    "idle",
)
YOURS = {
    "IaaS": frozenset(LAYERS) - {"network", "building"},
    "PaaS": frozenset({"data", "application", "capacity", "idle"}),
    "FaaS": frozenset({"data", "application"}),
    "SaaS": frozenset({"data", "idle"}),
}
_OF_MACHINES = ("runtime", "operating system", "patching")


@exercise(
    "who-manages",
    hints=(
        "Look at the picture of the ladder, one column at a time: what stands above "
        "the line is yours, what stands below it is AWS's. The ninth layer, idle, is "
        "in the text below the picture.",
        "yours = {\n"
        '    "IaaS": ["data", "application", "____", ...],\n'
        '    "PaaS": ["data", "____", ...],\n'
        '    "FaaS": [...],\n'
        '    "SaaS": [...],\n'
        "}\n"
        'return "you" if ____ in yours[____] else "____"',
    ),
    explain_back="explain-who-manages",
    misconceptions={
        "serverless-no-responsibility": "You may think that serverless means that "
        "nothing is left for you. The data is yours on every step, and the program on "
        "all but the last.",
        "paas-is-faas": "You may think that a platform and a function are the same. A "
        "platform keeps machines ready for you: you say how many, and you pay while "
        "they wait. A function that nobody calls costs nothing.",
        "rent-includes-everything": "You may think that the landlord of a machine "
        "looks after what runs on it. A rented machine comes empty: its system, its "
        "updates and its languages are your work.",
        "cloud-is-my-building": "You may think that somebody of yours has to mind the "
        "buildings and cables. They are AWS's on every step; that is what renting is.",
        "platform-is-a-machine": "You may think that a platform or a function has an "
        "operating system for you to mind. That is what you pay the landlord for.",
        "saas-is-a-platform": "You may think that a finished program is yours to look "
        "after. You bring data to it; the program, and all below it, is the "
        "landlord's.",
        "subscription-is-per-use": "You may think that SaaS costs nothing while you "
        "don't use it. Its price is by the month: the idle time is in it.",
        "print-is-return": "You may think that what a function prints is its answer. "
        "Its answer is what it returns.",
    },
)
def who_manages(probe: Probe, who_manages: Work, *, variation: bool) -> None:
    """Your function tells who looks after each layer in each model."""
    pairs = [(model, layer) for model in YOURS for layer in LAYERS]
    if variation:
        probe.random.shuffle(pairs)
    for model, layer in pairs:
        _judge(model, layer, _asked(who_manages, model, layer))


def _asked(who_manages: Work, model: str, layer: str) -> Any:
    try:
        return who_manages(model, layer)
    except Raised as fault:
        if fault.kind != "KeyError":
            raise
        raise Failed(
            f"{_call(model, layer)} raised {fault.message.partition('raised ')[2]}.",
            expected='"you" or "aws"',
            look="the keys of your dictionary: every model and every layer, spelt as "
            "in the task",
        ) from None


def _judge(model: str, layer: str, answer: Any) -> None:
    right = "you" if layer in YOURS[model] else "aws"
    if answer == right:
        return
    if answer not in ("you", "aws"):
        raise Failed(
            f"{_call(model, layer)} gave no answer that I can read.",
            expected='the text "you" or the text "aws"',
            observed=quoted(answer),
            look="the spelling of what you return"
            if isinstance(answer, str)
            else "the return of your function",
            misconception="print-is-return" if answer is None else None,
        )
    raise Failed(
        f"{_call(model, layer)} said {answer!r}.",
        expected=_reason(model, layer),
        observed=f'"{answer}"',
        look=f"the column {model} of the ladder"
        if layer != "idle"
        else "the lines below the picture, about idle time",
        misconception=_misconception(model, layer, answer),
    )


def _misconception(model: str, layer: str, answer: str) -> str:
    if layer in ("network", "building"):
        return "cloud-is-my-building"
    if layer == "data" or (layer == "application" and answer == "aws"):
        return "serverless-no-responsibility"
    if model == "SaaS":
        return "subscription-is-per-use" if layer == "idle" else "saas-is-a-platform"
    if model == "IaaS":
        return "rent-includes-everything"
    return "platform-is-a-machine" if layer in _OF_MACHINES else "paas-is-faas"


def _reason(model: str, layer: str) -> str:
    """What is right, as the answer to a question and not as a letter to copy."""
    if layer == "idle":
        return f"whoever pays while nobody comes, with {model}"
    return f"whoever does the work of the layer {layer!r}, with {model}"


def _call(model: str, layer: str) -> str:
    return f'who_manages("{model}", "{layer}")'
