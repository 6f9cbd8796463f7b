"""One run of a check: a thread in the lab process that talks with one kernel.

The kernel asks for the next message and gets `{"call": …}` (run your function and send
what came of it), `{"working": …}` (ask again), or `{"verdict": …}` (the end).
"""

from __future__ import annotations

import json
import queue
import secrets
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import botocore.exceptions

from grader.checks.exercise import Exercise, Failed, Raised, Unattempted
from grader.checks.late_calls import waited_for
from grader.checks.own_account import OwnAccount
from grader.checks.probe import OutOfTime, Probe, quoted
from grader.errors import GraderError

GRACE = 5.0
"""Seconds beyond the limit in which the kernel itself says that it was too long."""


@dataclass(frozen=True)
class Verdict:
    """What came of one run of a check."""

    check: str
    task: str
    variation: bool
    outcome: str
    """`passed`, `failed`, or `broken`: our bug, never scored as the learner's."""
    message: str
    expected: str | None = None
    observed: str | None = None
    look: str | None = None
    misconception: str | None = None
    explanation: str | None = None
    traceback: str | None = None
    unattempted: bool = False
    seconds: float = 0.0
    seed: int = 0


class Session:
    """A check that runs."""

    def __init__(
        self,
        exercise: Exercise,
        work: list[dict[str, Any]],
        *,
        probe: Callable[[float], Probe],
        home: Callable[[], OwnAccount] | None = None,
        variation: bool,
        seed: int,
        call_limit: float,
        check_limit: float,
        record: Callable[[Verdict], None],
    ) -> None:
        """`probe` makes the probe, given its deadline (see `Probe`).

        `home` makes the learner's own account, where the check works in another.
        """
        self.id = secrets.token_urlsafe(12)
        self.exercise = exercise
        self.variation = variation
        self._over: float | None = None
        self._seed = seed
        self._call_limit = call_limit
        self._check_limit = check_limit
        self._make_probe = probe
        self._make_home = home
        self._home: OwnAccount | None = None
        self._record = record
        self._started = time.perf_counter()
        self._to_kernel: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._from_kernel: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._calling = threading.Lock()
        self._lock = threading.Lock()
        self._calls = 0
        self._awaited: int | None = None
        self._last_step = "started"
        self._work = [
            RemoteWork(self, at, piece["name"])
            if piece.get("callable")
            else piece["value"]
            for at, piece in enumerate(work)
        ]
        threading.Thread(
            target=self._run, name=f"check-{exercise.name}", daemon=True
        ).start()

    def over(self, since: float = 0.0) -> bool:
        """Whether the verdict was reached, or nobody asks for it, so long ago."""
        ended = self._last_moment if self._over is None else self._over
        return time.perf_counter() - ended >= since

    def next_message(self, patience: float) -> dict[str, Any]:
        """What the kernel has to do next; after `patience` seconds, to ask again."""
        left = self._last_moment - time.perf_counter()
        try:
            message = self._to_kernel.get(timeout=max(0.0, min(patience, left)))
        except queue.Empty:
            message = {"working": self._last_step}
            if left <= patience:
                self._conclude(self._out_of_time(self._last_step))
                message = self._to_kernel.get()
        if "verdict" in message:
            # The kernel may ask once more, when the line broke before it read this.
            self._to_kernel.put(message)
        return {"session": self.id, **message}

    def answer(self, said: dict[str, Any]) -> None:
        """Take what came of a call, unless it comes too late or twice."""
        with self._lock:
            if self._awaited is None or said.get("number") != self._awaited:
                return
            self._awaited = None
        self._from_kernel.put(said)

    def call(self, at: int, name: str, order: dict[str, Any]) -> dict[str, Any]:
        """Have the kernel run a piece of work; blocks the check until it did.

        `order` is what the call's message says beside its number.
        """
        left = self._check_limit - (time.perf_counter() - self._started)
        limit = min(self._call_limit, left)
        if limit <= 0:
            raise OutOfTime(self._last_step)
        # The kernel answers one message at a time, whatever threads a check has.
        with self._calling:
            self._calls += 1
            call = {**order, "work": at, "seconds": limit, "number": self._calls}
            message = {"call": call}
            json.dumps(message)
            self._last_step = f"called your {name}"
            with self._lock:
                self._awaited = self._calls
            self._to_kernel.put(message)
            said = self._awaited_answer(limit + GRACE)
        if said.get("timed_out"):
            raise Failed(
                f"I called your {name}, and it didn't return within {limit:.0f} s",
                look=f"a loop, a wait or a sleep in {name}",
            )
        return said

    def _awaited_answer(self, patience: float) -> dict[str, Any]:
        try:
            return self._from_kernel.get(timeout=patience)
        except queue.Empty:
            pass
        with self._lock:
            late, self._awaited = self._awaited is None, None
        # It came between the two lines above: then it is there at once.
        return self._from_kernel.get() if late else {"timed_out": True}

    @property
    def _last_moment(self) -> float:
        """When it is over, whatever it waits for: no step of a check takes longer."""
        return self._started + self._check_limit + self._call_limit + GRACE

    def _run(self) -> None:
        try:
            verdict = self._verdict()
        except BaseException as fault:  # noqa: BLE001 - a kernel waits for a verdict
            verdict = self._broken(fault)
        self._conclude(verdict)

    def _conclude(self, verdict: Verdict) -> None:
        """Give the verdict; one that comes after its last moment is nobody's."""
        with self._lock:
            if self._over is not None:
                return
            self._over = time.perf_counter()
        self._record(verdict)
        self._to_kernel.put({"verdict": vars(verdict)})

    def _verdict(self) -> Verdict:
        probe: Probe | None = None
        try:
            if self._make_home is not None:
                self._home = self._make_home()
            probe = self._make_probe(self._started + self._check_limit)
            check = partial(
                self.exercise.check, probe, *self._work, variation=self.variation
            )
            waited_for(probe, check, self.exercise.misconceptions)
        except Failed as failure:
            return self._failed(failure)
        except OutOfTime as over:
            return self._out_of_time(str(over))
        except GraderError as refusal:
            return self._failed(Failed(str(refusal), look="cloud.why()"))
        except botocore.exceptions.ClientError as refusal:
            return self._refused(refusal)
        except botocore.exceptions.ParamValidationError as refusal:
            return self._failed(
                Failed(
                    "What your function returned can't be used to ask AWS: "
                    + " ".join(str(refusal).split()),
                    look="what your function returns: names and ids, as the task says",
                )
            )
        return self._made("passed", self.exercise.task)

    def _refused(self, refusal: botocore.exceptions.ClientError) -> Verdict:
        status = refusal.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status >= 500:
            return self._broken(refusal)
        return self._failed(
            Failed(
                f"I asked AWS about what you deployed, and it answered: {refusal}",
                observed=refusal.response.get("Error", {}).get("Code"),
                look="the names that your function returns, and cloud.inventory()",
            )
        )

    def _out_of_time(self, last_step: str) -> Verdict:
        return self._failed(
            Failed(
                f"The check took more than {self._check_limit:g} s and was ended; "
                f"the last thing it did: {last_step}",
                look="what is slow, or never ends: cloud.logs(…), cloud.reports(…)",
            )
        )

    def _failed(self, failure: Failed) -> Verdict:
        if self._home is not None:
            self._home.blame(failure, self.exercise)
        name = failure.misconception
        return self._made(
            "failed",
            failure.message,
            expected=_shown(failure.expected),
            observed=_shown(failure.observed),
            look=failure.look,
            misconception=name,
            explanation=self.exercise.misconceptions.get(name) if name else None,
            traceback=getattr(failure, "traceback", None),
            unattempted=isinstance(failure, Unattempted),
        )

    def _broken(self, fault: BaseException) -> Verdict:
        """Whatever a check raises that isn't about the work is ours."""
        return self._made(
            "broken",
            "The check itself broke, which is our fault and costs you nothing: "
            f"{type(fault).__name__}: {fault}",
            traceback="".join(traceback.format_exception(fault)),
        )

    def _made(self, outcome: str, message: str, **more: Any) -> Verdict:
        return Verdict(
            check=self.exercise.name,
            task=self.exercise.task,
            variation=self.variation,
            outcome=outcome,
            message=str(message),
            seconds=round(time.perf_counter() - self._started, 3),
            seed=self._seed,
            **more,
        )


class RemoteWork:
    """A function of the learner's, which lives in the kernel."""

    def __init__(self, session: Session, at: int, name: str) -> None:
        self.name = name
        self._session = session
        self._at = at

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        order = {"args": list(args), "kwargs": kwargs}
        return _result(self._session.call(self._at, self.name, order), self.name)

    def at_once(self, calls: Iterable[Sequence[Any]]) -> list[Any]:
        order = {"at_once": [list(args) for args in calls]}
        said = self._session.call(self._at, self.name, order)
        # One answer instead of many: they were never made, and it says why.
        answers = said.get("answers", [said])
        return [_result(answer, self.name) for answer in answers]


def _result(said: dict[str, Any], name: str) -> Any:
    if "result" in said:
        return _in_unicode(said["result"], name)
    if "unsendable" in said:
        raise Failed(
            f"Your {name} returned what can't be sent as JSON: {said['unsendable']}",
            expected="names, ids and numbers: text, numbers, lists and dicts of them",
            look=f"the return statement of {name}",
        )
    raised = said.get("raised")
    if not isinstance(raised, dict):
        raise Failed(f"I called your {name}, and no answer came back")
    kind, text = str(raised.get("type")), str(raised.get("message"))
    if kind == "NotImplementedError":
        raise Unattempted(
            f"Your {name} isn't written yet: it still raises NotImplementedError",
            look=f"the cell that defines {name}: your code goes where that line stands",
        )
    look = f"the last line of {name} in the traceback below"
    if kind == "SystemExit":
        look = f"exit() or sys.exit() in {name}: a function ends with return"
    raise Raised(
        f"I called your {name}, and it raised {': '.join(filter(None, [kind, text]))}",
        kind=kind,
        traceback=str(raised.get("traceback")),
        look=look,
    )


def _in_unicode(result: Any, name: str) -> Any:
    """A result, unless it has halves of surrogate pairs, which no request can hold."""
    try:
        json.dumps(result, ensure_ascii=False).encode()
    except UnicodeEncodeError as fault:
        raise Failed(
            f"Your {name} returned text that isn't Unicode: {fault.reason}",
            expected="text that can be written as UTF-8",
            observed=quoted(result),
            look=f"where {name} takes its text from: .decode() with another encoding?",
        ) from None
    return result


def _shown(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return quoted(value)
