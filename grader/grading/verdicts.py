"""The examiner's verdicts, read from the lab process.

Only these decide a mark. The kernel can't read or write them: the list is behind a
token that the lab process gets at its start and the kernel never sees.
"""

from __future__ import annotations

import http.client
import json
import urllib.parse
from dataclasses import dataclass

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

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"


class VerdictsUnavailable(Exception):
    """The lab process doesn't answer any more."""


def read(endpoint_url: str, token: str) -> list[Verdict]:
    """All verdicts since the lab process started, oldest first.

    Raises: VerdictsUnavailable.
    """
    parts = urllib.parse.urlsplit(endpoint_url)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        line.request("GET", PATH, headers={"Authorization": f"Bearer {token}"})
        answer = line.getresponse()
        said = answer.read()
    except (OSError, http.client.HTTPException) as fault:
        raise VerdictsUnavailable(f"the lab process is gone: {fault}") from fault
    finally:
        line.close()
    if answer.status != 200:
        raise VerdictsUnavailable(
            f"{PATH} answered HTTP {answer.status}: {said[:200]!r}"
        )
    return [
        Verdict(
            check=str(verdict["check"]),
            variation=bool(verdict["variation"]),
            outcome=str(verdict["outcome"]),
            message=str(verdict["message"]),
        )
        for verdict in json.loads(said)["verdicts"]
    ]
