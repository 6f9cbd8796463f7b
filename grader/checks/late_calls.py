"""What functions of the learner's did after they had answered."""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from datetime import UTC, datetime, timedelta

from grader.checks.exercise import Failed, Unattempted
from grader.checks.probe import Probe

_FUNCTION = re.compile(r":function:([\w-]+)")
_TO_THE_MILLISECOND = timedelta(milliseconds=1)
_LOOK = (
    "each call that the handler makes: in Node.js it needs await before it, several at "
    "once need await Promise.all(…), and forEach waits for none; in Python, a thread "
    "needs join()"
)


MISCONCEPTION = "lambda-waits"
_PATIENCE = 5.0
"""Seconds until functions sleep that have answered; on a quiet machine half of one."""


def waited_for(
    probe: Probe, check: Callable[[], None], misconceptions: Container[str]
) -> None:
    """Run a check whose functions have to wait for what they call.

    On AWS an environment stands still from its answer on; here a late call may have
    come through, so what passed by it isn't right, and what failed may do so by it.

    Raises:
        Failed: the check's own, or one about a call that nobody waited for.
    """
    since = probe.clock.now()
    misconception = MISCONCEPTION if MISCONCEPTION in misconceptions else None
    try:
        check()
    except Unattempted:
        raise
    except Failed as failure:
        if late := _late(probe, since):
            failure.message += f" And {late}"
            failure.look, failure.misconception = _LOOK, misconception
        raise
    if late := _late(probe, since):
        raise Failed(
            f"What I asked for was there. But {late}",
            expected="an answer once everything is done: on AWS the environment stands "
            "still from its answer on, so such a call is made with a later event, or "
            "never",
            observed="a call after the answer",
            look=_LOOK,
            misconception=misconception,
        )


def _late(probe: Probe, since: datetime) -> str:
    """A late call of a function that was deployed since then, in a sentence.

    In whichever account: many checks have the work done in one that is fresh.
    """
    probe.settled(_PATIENCE)
    for one in probe.accounts:
        for entry in one.journal():
            if entry["kind"] != "late":
                continue
            at = datetime.fromtimestamp(entry["at"], UTC)
            found = _FUNCTION.search(entry["resource"])
            if found and at >= since and _deployed_since(one, found[1], since):
                return str(entry["message"])
    return ""


def _deployed_since(probe: Probe, function: str, since: datetime) -> bool:
    client = probe.client("lambda")
    try:
        found = client.get_function_configuration(FunctionName=function)
    except client.exceptions.ResourceNotFoundException:
        return False
    changed = datetime.fromisoformat(found["LastModified"])
    return changed >= since - _TO_THE_MILLISECOND
