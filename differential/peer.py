"""The other evaluator: npm's @cloud-copilot/iam-simulate, in a process of its own.

It is under the AGPL. It is installed when it is wanted, into a folder that isn't part
of this repository, and asked in JSON; nothing of it is shipped or read.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.machine import NODE
from bench.peers import install_packages
from differential.differences import asked
from differential.pairs import ALLOWED, EXPLICIT, IMPLICIT, Pair
from differential.simulation import simulation

VERSIONS = {"@cloud-copilot/iam-simulate": "0.1.173"}
FOLDER = Path(__file__).resolve().parent.parent / ".differential"
_PROGRAM = Path(__file__).with_name("judge.mjs")
_VERDICTS = {
    "Allowed": ALLOWED,
    "ExplicitlyDenied": EXPLICIT,
    "ImplicitlyDenied": IMPLICIT,
}


class PeerError(Exception):
    """The peer has no verdict; the message has what it said."""


@dataclass(frozen=True)
class Answer:
    """Its verdict, and the condition keys that it left out.

    It knows which keys each action has, and evaluates without the others.
    """

    verdict: str
    ignored: list[str]


class Peer:
    """The running program."""

    def __init__(self) -> None:
        install_packages(FOLDER, VERSIONS)
        self._process = subprocess.Popen(
            [str(NODE), str(_PROGRAM), str(FOLDER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def ask(self, pair: Pair) -> Answer:
        """What it says of a pair, the known differences considered.

        Raises: PeerError.
        """
        answers = [self._answer(one) for one in asked(pair)]
        allowing = [one for one in answers if one.verdict == ALLOWED]
        return (allowing or answers)[0]

    def _answer(self, pair: Pair) -> Answer:
        assert self._process.stdin and self._process.stdout
        print(json.dumps(simulation(pair)), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise PeerError("it ended")
        answer = json.loads(line)
        if "verdict" not in answer:
            raise PeerError(json.dumps(answer["errors"]))
        return Answer(_VERDICTS[answer["verdict"]], answer["ignored"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._process as process:
            if process.stdin:
                process.stdin.close()
