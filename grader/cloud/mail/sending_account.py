"""An account's standing with SES in one Region: sandbox, quotas, verified identities.

https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html
https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas.html
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from moto.ses.models import SESBackend

from grader import facts
from grader.cloud.mail import addresses
from grader.cloud.mail.errors import Refused

_DAY = 24 * 3600
# In the lab, whoever owns an address opens SES's message and follows its link, and
# whoever owns a domain publishes the records, this many seconds after they were asked.
CONFIRMED_AFTER = 10


class SendingAccount:
    """What SES knows of an account beside what moto keeps."""

    def __init__(self) -> None:
        self.sending_enabled = True
        self.details: Mapping[str, Any] | None = None
        self._asked: dict[str, float] = {}
        self._appealed: float | None = None
        self._sent: deque[tuple[float, int]] = deque()
        self._next_send = 0.0
        self._lock = threading.Lock()

    @property
    def in_production(self) -> bool:
        """Say whether the account has left the sandbox."""
        appealed = self._appealed
        review = facts.aws_ses.PRODUCTION_REVIEW.value
        return appealed is not None and time.time() >= appealed + review

    @property
    def under_review(self) -> bool:
        """Say whether AWS still considers a request to leave the sandbox."""
        return self._appealed is not None and not self.in_production

    @property
    def daily_quota(self) -> int:
        numbers = facts.aws_ses
        if self.in_production:
            return numbers.PRODUCTION_DAILY_QUOTA.value
        return numbers.SANDBOX_DAILY_QUOTA.value

    @property
    def send_rate(self) -> int:
        numbers = facts.aws_ses
        if self.in_production:
            return numbers.PRODUCTION_SEND_RATE.value
        return numbers.SANDBOX_SEND_RATE.value

    @property
    def sent_last_day(self) -> int:
        """To how many recipients mail went in the last 24 hours."""
        with self._lock:
            return self._count()

    def describe(self, details: Mapping[str, Any]) -> None:
        """Take details of what the account sends; they may ask to leave the sandbox.

        Raises: Refused while an earlier request is considered.
        """
        if self.under_review:
            raise Refused(
                "ConflictException",
                "There is already an ongoing account details update under review.",
            )
        self.details = details
        if not details.get("ProductionAccessEnabled"):
            self._appealed = None
        elif self._appealed is None:
            self._appealed = time.time()

    def ask_owner(self, identity: str) -> None:
        """Ask the owner of an identity to confirm it."""
        self._asked[identity] = time.time()

    def forget(self, identity: str) -> None:
        self._asked.pop(identity, None)

    def confirmed(self, identity: str) -> bool:
        """Say whether the owner of an identity has confirmed it by now."""
        return time.time() >= self._asked.get(identity, 0) + CONFIRMED_AFTER

    def charge(self, recipients: int, *, counted: int) -> None:
        """Take a message's recipients off the quotas; ``counted`` off the daily one.

        A message to many goes through where anything is left, and is made up for then.

        Raises: Refused where nothing is left.
        """
        with self._lock:
            now = time.time()
            if counted and self._count() >= self.daily_quota:
                raise Refused("Throttling", "Daily message quota exceeded.")
            if now < self._next_send:
                raise Refused("Throttling", "Maximum sending rate exceeded.")
            self._next_send = now + recipients / self.send_rate
            self._sent.append((now, counted))

    def _count(self) -> int:
        since = time.time() - _DAY
        while self._sent and self._sent[0][0] <= since:
            self._sent.popleft()
        return sum(counted for _, counted in self._sent)


def sending_account(backend: SESBackend) -> SendingAccount:
    """The account that a backend of moto's is for; it goes when moto's is reset."""
    found: SendingAccount = vars(backend).setdefault("sending", SendingAccount())
    return found


def verified(backend: SESBackend, identity: str) -> bool:
    """Say whether an identity of just this name exists, and was confirmed."""
    return identity in backend.email_identities and sending_account(backend).confirmed(
        identity
    )


def may_use(backend: SESBackend, address: str) -> bool:
    """Say whether an address, its domain, or a domain above that one is verified."""
    if verified(backend, address):
        return True
    host = addresses.domain(address)
    labels = host.split(".")
    above = (".".join(labels[start:]) for start in range(len(labels)))
    return any(verified(backend, name) for name in above)
