"""What was asked to go wrong in one cloud, by account."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from grader.cloud.access.audit_trail import Call
from grader.cloud.access.operations import Operation, read
from grader.cloud.faults import partial_batches, service_errors
from grader.cloud.journal import Incident, Journal

Environ = dict[str, Any]
Respond = Callable[[Environ, Any], Iterable[bytes]]

LONGEST = 60_000
"""Milliseconds by which an answer can be slowed down at most."""
MOST = 1_000_000
"""Requests that can be asked to fail at most."""

_Operation = tuple[str, str]
"""A service's prefix in IAM, and the name of an operation of its API."""


@dataclass
class _OfAccount:
    """The faults of one account.

    ``failing`` counts the requests that are still to fail, ``slow`` has milliseconds.
    """

    failing: dict[_Operation, int] = field(default_factory=dict)
    slow: dict[_Operation, int] = field(default_factory=dict)
    shuffled: random.Random | None = None
    doubled: bool = False

    def __bool__(self) -> bool:
        wrong = self.failing or self.slow or self.shuffled or self.doubled
        return bool(wrong)


class Faults:
    """All faults that were asked for; none is there unless somebody asks."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._accounts: dict[str, _OfAccount] = {}
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._accounts)

    def fail_next(self, account: str, service: str, name: str, count: int) -> None:
        """Let the next requests of an operation fail; 0 takes it back."""
        with self._change(account) as faults:
            _set(faults.failing, (service, name), count)

    def slow(self, account: str, service: str, name: str, milliseconds: int) -> None:
        """Answer an operation so much later, in real time; 0 takes it back."""
        with self._change(account) as faults:
            _set(faults.slow, (service, name), milliseconds)

    def shuffle(self, account: str, seed: int | None) -> None:
        """Deliver what is due at once in another order, by a seed; None ends it."""
        with self._change(account) as faults:
            faults.shuffled = random.Random(seed) if seed is not None else None

    def duplicate(self, account: str, doubled: bool) -> None:
        """Deliver each event twice from now on, or once again."""
        with self._change(account) as faults:
            faults.doubled = doubled

    def clear(self, account: str) -> None:
        """Take back everything that was asked for."""
        with self._lock:
            self._accounts.pop(account, None)

    def doubles(self, account: str) -> bool:
        """Whether an account's events are delivered twice."""
        faults = self._accounts.get(account)
        return faults is not None and faults.doubled

    def order(self, account: str) -> random.Random | None:
        """What an account's events are put in another order by; None: nothing."""
        faults = self._accounts.get(account)
        return faults.shuffled if faults is not None else None

    def answer(
        self, environ: Environ, start_response: Any, call: Call, respond: Respond
    ) -> Iterable[bytes]:
        """Answer a request, late or badly if that was asked for."""
        account = call.caller.principal.account
        if account not in self._accounts:
            return respond(environ, start_response)
        operation = call.operation or read(environ, call.credentials.service)
        if operation is None:
            return respond(environ, start_response)
        call.operation = operation
        if milliseconds := self._delay(account, operation):
            self._tell(call, operation, f"was answered {milliseconds} ms later")
            # In real time: a handler that waits is billed for it.
            threading.Event().wait(milliseconds / 1000)
        if not self._fails(account, operation):
            return respond(environ, start_response)
        half = partial_batches.answer_half(operation, environ, start_response, respond)
        if half is not None:
            self._tell(call, operation, "did but half of its batch")
            return half
        refusal = service_errors.throttled(operation)
        self._tell(call, operation, f"was refused with {refusal.code}")
        head = environ["REQUEST_METHOD"] == "HEAD"
        return refusal.response(head=head)(environ, start_response)

    def tell(self, account: str, region: str, resource: str, what: str) -> None:
        """Note a fault of ours, so that nobody looks for it in their own work."""
        self._journal.incident(
            Incident(
                at=time.time(),
                kind="fault",
                source="lab",
                account=account,
                region=region,
                resource=resource,
                message=f"{what}. This is a fault on demand, not one of yours.",
            )
        )

    def _tell(self, call: Call, operation: Operation, what: str) -> None:
        self.tell(
            call.caller.principal.account,
            call.credentials.region,
            f"{operation.prefix}:{operation.name}",
            f"A request of {operation.name} by {call.caller.principal.arn} {what}",
        )

    def _delay(self, account: str, operation: Operation) -> int:
        with self._lock:
            faults = self._accounts.get(account)
            key = (operation.prefix, operation.name)
            return faults.slow.get(key, 0) if faults is not None else 0

    def _fails(self, account: str, operation: Operation) -> bool:
        """Whether a request fails; one less will from now on."""
        key = (operation.prefix, operation.name)
        with self._lock:
            faults = self._accounts.get(account)
            if faults is None or key not in faults.failing:
                return False
            _set(faults.failing, key, faults.failing[key] - 1)
            if not faults:
                del self._accounts[account]
            return True

    @contextmanager
    def _change(self, account: str) -> Iterator[_OfAccount]:
        """The faults of an account, to change them; without any it is forgotten."""
        with self._lock:
            faults = self._accounts.setdefault(account, _OfAccount())
            yield faults
            if not faults:
                del self._accounts[account]


def _set(numbers: dict[_Operation, int], key: _Operation, value: int) -> None:
    if value > 0:
        numbers[key] = value
    else:
        numbers.pop(key, None)
