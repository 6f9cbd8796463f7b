"""The trusted side of a check: it uses what the learner deployed, as a user would."""

from __future__ import annotations

import base64
import contextlib
import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from grader.checks.exercise import Failed
from grader.errors import LabBusy, WrongUse
from grader.lab.answers import Answer, Headers
from grader.lab.audit import Audit
from grader.lab.clock import Clock
from grader.lab.cloud import Cloud, Keys
from grader.lab.connection import Connection
from grader.lab.inventory import Inventory
from grader.lab.logs import LogLines
from grader.lab.mail import Mailbox
from grader.lab.reports import Reports

# Variations run far from home, so that no Region is hard-coded in the work.
REGIONS = (
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-west-1",
    "sa-east-1",
    "us-west-2",
)
SHOWN = 400
"""Characters of an answer or an event that a message quotes."""


@dataclass(frozen=True)
class Invoked:
    """What a synchronous invocation answered."""

    status: int
    function_error: str | None
    raw: bytes
    log: str
    """The last 4 KB of its log."""
    function: str

    @property
    def payload(self) -> Any:
        """The answer read as JSON."""
        return read_answer(self.function, self.raw)


def read_answer(function: str, raw: bytes) -> Any:
    """A function's answer, read as JSON; None for no bytes at all.

    Raises:
        Failed: it isn't JSON. What asks the Runtime API itself, or forks, can do that.
    """
    try:
        return json.loads(raw or b"null")
    except (ValueError, RecursionError):
        raise Failed(
            f"I invoked {function}; its answer isn't JSON.",
            expected="an answer that the runtime made of what the handler returned",
            observed=raw[:SHOWN].decode(errors="replace"),
            look="what answers in the place of the handler: a process that it started, "
            "or a request of its own to the Runtime API",
        ) from None


class Probe:
    """One account of the lab in one Region, with its administrator's keys.

    `last_step` says what the probe did last, for the message of a check that ran out of
    time. `random` is seeded, so that a variation can be run again.
    """

    def __init__(self, cloud: Cloud, *, seed: int, deadline: float) -> None:
        """`deadline` is a moment of time.perf_counter()."""
        self._cloud = cloud
        self._deadline = deadline
        self.random = random.Random(seed)
        self.last_step = "start"
        self.accounts = [self]
        """This one, and those of the fresh accounts of this check."""

    @property
    def region(self) -> str:
        """The Region that the check works in."""
        return self._cloud.region

    @property
    def account(self) -> str:
        """The account's twelve digits."""
        return self._cloud.account

    @property
    def clock(self) -> Clock:
        """The lab's clock."""
        self._step("used the lab's clock")
        return self._cloud.clock

    def client(self, service: str, region: str | None = None) -> Any:
        """A boto3 client with the administrator's keys."""
        self._step(f"used {service}")
        return self._cloud.client(service, region)

    def cloud_argument(self) -> dict[str, Any]:
        """What to pass to `deploy(cloud)`: it becomes a handle in the kernel."""
        return {
            "$cloud": {
                "endpoint_url": self._cloud.endpoint_url,
                "region": self.region,
                "account": self.account,
                "access_key_id": self._cloud.keys.access_key_id,
                "secret_access_key": self._cloud.keys.secret_access_key,
                "session_token": self._cloud.keys.session_token,
            }
        }

    def name(self, word: str) -> str:
        """A name that nobody has yet: the word and eight random letters."""
        letters = self.random.choices("abcdefghijkmnpqrstuvwxyz", k=8)
        return f"{word}-{''.join(letters)}"

    def url(self, resource: str | Mapping[str, Any], stage: str | None = None) -> str:
        """The invoke URL of an API or function URL that has to exist."""
        try:
            return self._cloud.url(resource, stage)
        except WrongUse as fault:
            raise Failed(
                f"I looked for the URL of {quoted(resource)}: {fault}",
                look="what your deploy function returns, and what it created",
            ) from None

    def http(
        self,
        method: str,
        url_or_path: str,
        *,
        headers: Headers | None = None,
        body: bytes | str | None = None,
        json: Any = None,
    ) -> Answer:
        """A real HTTP request."""
        self._step(f"sent {method} {url_or_path}")
        return self._cloud.http(
            method, url_or_path, headers=headers, body=body, json=json
        )

    def put(self, bucket: str, key: str, body: bytes) -> None:
        """Upload an object."""
        self._step(f"put {key!r} into {bucket}")
        self._cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=body)

    def get(self, bucket: str, key: str) -> bytes | None:
        """An object's bytes, or None where there is none."""
        self._step(f"read {key!r} from {bucket}")
        client = self._cloud.client("s3")
        try:
            return bytes(client.get_object(Bucket=bucket, Key=key)["Body"].read())
        except client.exceptions.NoSuchKey:
            return None

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        """The keys of a bucket under a prefix, sorted."""
        return list(self.entity_tags(bucket, prefix))

    def entity_tags(self, bucket: str, prefix: str = "") -> dict[str, str]:
        """The same with each object's ETag, which is another for other bytes."""
        self._step(f"listed {prefix!r} in {bucket}")
        pages = self._cloud.client("s3").get_paginator("list_objects_v2")
        return {
            found["Key"]: found["ETag"]
            for page in pages.paginate(Bucket=bucket, Prefix=prefix)
            for found in page.get("Contents", [])
        }

    def invoke(self, function: str, event: object) -> Invoked:
        """Invoke synchronously with a JSON event."""
        self._step(f"invoked {function} with {quoted(event)}")
        answer = self._cloud.client("lambda").invoke(
            FunctionName=function,
            Payload=json.dumps(event).encode(),
            LogType="Tail",
        )
        return Invoked(
            status=answer["StatusCode"],
            function_error=answer.get("FunctionError"),
            raw=answer["Payload"].read(),
            log=base64.b64decode(answer.get("LogResult", "")).decode(errors="replace"),
            function=function,
        )

    def settle(self) -> None:
        """Wait until nothing is in flight."""
        self._step("waited for the lab to settle")
        try:
            self._cloud.settle(timeout=min(60.0, self.seconds_left()))
        except LabBusy:
            raise Failed(
                "I waited for your functions to finish, and some still run",
                expected="all work done within a minute",
                look="a function that triggers itself, sleeps, or never returns: "
                "cloud.logs(…) of each",
            ) from None

    def settled(self, within: float) -> bool:
        """Whether everything is done after at most `within` seconds."""
        try:
            self._cloud.settle(timeout=within)
        except LabBusy:
            return False
        return True

    def logs(self, function: str) -> LogLines:
        """A function's log lines."""
        self._step(f"read the logs of {function}")
        return self._cloud.logs(function)

    def reports(self, function: str) -> Reports:
        """A function's REPORT lines."""
        self._step(f"read the reports of {function}")
        return self._cloud.reports(function)

    def inventory(self) -> Inventory:
        """Everything that exists in the account, in every Region."""
        self._step("listed what is in the account")
        return self._cloud.inventory()

    def mail(self) -> Mailbox:
        """What was sent to anybody, oldest first."""
        self._step("looked into everybody's mailbox")
        return self._cloud.mail()

    def redeliver(self, function: str | None = None) -> dict[str, Any]:
        """Deliver the last S3 or asynchronous event again."""
        self._step("delivered the last event again")
        return self._cloud.redeliver(function)

    def fail_next(self, service: str, operation: str, times: int = 1) -> None:
        """Let the next requests of an operation fail, or half of a batch."""
        self._step(f"let {service} fail {operation} {times} times")
        self._cloud.fail_next(service, operation, times)

    def slow(self, service: str, operation: str, milliseconds: int) -> None:
        """Answer an operation later from now on."""
        self._step(f"slowed {operation} of {service} down")
        self._cloud.slow(service, operation, milliseconds)

    def shuffle(self, seed: int | None = None) -> None:
        """Deliver events that are due at once in an order of the probe's seed."""
        self._step("put events in another order")
        self._cloud.shuffle(self.random.randrange(2**32) if seed is None else seed)

    def duplicates(self, on: bool = True) -> None:
        """Deliver each event to functions twice."""
        self._step("delivered each event twice")
        self._cloud.duplicates(on)

    def no_faults(self) -> None:
        """End every fault."""
        self._cloud.no_faults()

    def with_credentials(self, issued: Mapping[str, Any]) -> Probe:
        """A probe of this account with the `Credentials` that STS issued."""
        self._step("used credentials that STS had issued")
        keys = Keys(
            issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"]
        )
        cloud = self._cloud.with_keys(keys)
        return Probe(cloud, seed=self.random.randrange(2**32), deadline=self._deadline)

    @contextlib.contextmanager
    def holding(self, *operations: str) -> Iterator[Hold]:
        """Hold back this account's answers to operations until the end of a block.

        What is asked for happens at once; whoever asked hears of it later. So the
        calls of a race surely overlap, and a rival can come in between two of them.
        """
        control = self._cloud.control
        order = {"account": self.account, "operations": list(operations)}
        name = control.post("/_lab/hold", order)["hold"]
        try:
            yield Hold(control, name)
        finally:
            control.post("/_lab/release", {"hold": name})

    @contextlib.contextmanager
    def overhearing(self) -> Iterator[list[str]]:
        """The actions that this account was asked for within a block, at its end."""
        # A call of ours, so that what came before it is told apart.
        asked = self.client("sts").get_caller_identity()
        mark = asked["ResponseMetadata"]["RequestId"]
        actions: list[str] = []
        yield actions
        calls = self._cloud.audit()
        ids = [call.request_id for call in calls]
        begun = ids.index(mark) + 1 if mark in ids else 0
        actions += [call.action for call in calls[begun:]]

    def fresh(self, region: str | None = None) -> Probe:
        """A probe on a new, empty account in another Region."""
        far = region or self.random.choice([r for r in REGIONS if r != self.region])
        seed = self.random.randrange(2**32)
        made = Probe(self._cloud.fresh(far), seed=seed, deadline=self._deadline)
        made.accounts = self.accounts
        self.accounts.append(made)
        return made

    def as_role(self, role_name: str) -> Probe:
        """A probe of this account with a role's credentials."""
        self._step(f"took the credentials of the role {role_name}")
        return self._as(lambda: self._cloud.as_role(role_name))

    def as_user(self, user_name: str) -> Probe:
        """A probe of this account with a user's credentials."""
        self._step(f"took the credentials of the user {user_name}")
        return self._as(lambda: self._cloud.as_user(user_name))

    def _as(self, handle: Callable[[], Cloud]) -> Probe:
        try:
            cloud = handle()
        except WrongUse as fault:
            raise Failed(
                f"I wanted to use your account as one of yours does: {fault}",
                look="the roles and users that you create, and their names",
            ) from None
        seed = self.random.randrange(2**32)
        return Probe(cloud, seed=seed, deadline=self._deadline)

    def audit(self, principal: str | None = None) -> Audit:
        """The calls that were made, of everybody or of one user or role."""
        self._step("read the audit")
        return self._cloud.audit(principal)

    def journal(self) -> list[dict[str, Any]]:
        """What the cloud noted of events and of what went wrong, oldest first."""
        return self._cloud.journal()

    def seconds_left(self) -> float:
        """What is left of the check's time, in real seconds."""
        return max(0.0, self._deadline - time.perf_counter())

    def _step(self, doing: str) -> None:
        if self.seconds_left() <= 0:
            raise OutOfTime(self.last_step)
        self.last_step = doing


@dataclass(frozen=True)
class Hold:
    """Answers that are held back."""

    control: Connection
    name: str

    def wait(self, at_least: int, calls: Future[Any], quiet: float = 0.4) -> int:
        """How many answers are held, once they are so many or no more will come.

        No more come when the calls are over, or after `quiet` real seconds without a
        new one: not all callers need to ask.
        """
        held, last = 0, time.perf_counter()
        while held < at_least and not calls.done():
            order = {"hold": self.name, "at_least": held + 1, "timeout": 0.02}
            now = int(self.control.post("/_lab/held", order)["held"])
            if now > held:
                held, last = now, time.perf_counter()
            elif held and time.perf_counter() > last + quiet:
                break
        return held


class OutOfTime(Exception):
    """The check's time is over; its text is the last thing that the probe did."""


def quoted(value: object, limit: int = SHOWN) -> str:
    """A value as JSON for a message, cut to `limit` characters."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= limit else text[:limit] + " …"
