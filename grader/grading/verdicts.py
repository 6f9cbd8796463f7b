"""The examiner's verdicts, read from the lab process.

Only these decide a mark. The kernel can't read or write them: the list is behind a
token that the lab process gets at its start and the kernel never sees.
"""

from __future__ import annotations

import http.client
import json
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PATH = "/_lab/verdicts"
TOKEN_VARIABLE = "LAB_VERDICT_TOKEN"
"""In the environment of the lab process only; without it the path is refused."""


@dataclass(frozen=True)
class Verdict:
    """What the examiner found in one run of one check."""

    check: str
    variation: bool
    outcome: str
    """"passed", "failed", or "broken" (the check itself, never scored as theirs)."""
    message: str
    expected: str = ""
    observed: str = ""
    look: str = ""
    misconception: str = ""
    explanation: str = ""
    """One sentence of correction, for a misconception."""
    unattempted: bool = False
    """The learner's function is still the stub."""
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"


class VerdictsUnavailable(Exception):
    """The lab process doesn't answer any more."""


def read(endpoint_url: str, token: str) -> list[Verdict]:
    """All verdicts since the lab process started, oldest first.

    Raises: VerdictsUnavailable.
    """
    said = _answer(endpoint_url, PATH, {"Authorization": f"Bearer {token}"})
    return [_verdict(one) for one in said["verdicts"]]


def next_hint(endpoint_url: str, check: str) -> str:
    """The rung of an exercise's hints after what was observed: where to look.

    Empty in a capstone, where no other rung is open, and where there is none.

    Raises: VerdictsUnavailable.
    """
    path = f"/_lab/checks/{urllib.parse.quote(check, safe='')}/hints"
    ladder = _answer(endpoint_url, path, {})
    hints = ladder["hints"]
    return str(hints[0]) if hints and not ladder["capstone"] else ""


def _answer(endpoint_url: str, path: str, headers: Mapping[str, str]) -> Any:
    parts = urllib.parse.urlsplit(endpoint_url)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        line.request("GET", path, headers=dict(headers))
        answer = line.getresponse()
        said = answer.read()
    except (OSError, http.client.HTTPException) as fault:
        raise VerdictsUnavailable(f"the lab process is gone: {fault}") from fault
    finally:
        line.close()
    if answer.status != 200:
        raise VerdictsUnavailable(
            f"{path} answered HTTP {answer.status}: {said[:200]!r}"
        )
    return json.loads(said)


def _verdict(said: Mapping[str, Any]) -> Verdict:
    texts = ("message", "expected", "observed", "look", "misconception", "explanation")
    return Verdict(
        check=str(said["check"]),
        variation=bool(said["variation"]),
        outcome=str(said["outcome"]),
        unattempted=bool(said.get("unattempted")),
        seconds=float(said.get("seconds") or 0.0),
        **{name: str(said.get(name) or "") for name in texts},
    )
