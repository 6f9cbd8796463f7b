"""Queues that are polled for functions: how soon, how fast, and at what cost.

The function tells by a datagram that it has dealt with a message, so that no log and no
API stands between it and the clock.
"""

from __future__ import annotations

import functools
import json
import os
import socket
import threading
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.request import Request, urlopen

from bench import fragile, processes
from bench.contestants import Contestant, client_of
from bench.figures import Figure, Missing, Reading
from bench.functions import Source
from bench.invocations import FAILURES, MILLI, AnswerError, Turns

POLLS = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"
WARM_UP = 5  # messages that aren't counted
PATIENCE = 60.0  # seconds until a message counts as lost
MAPPINGS = 20  # that have nothing to do, while their cost is measured
_TELLS = """
import socket

TELLS = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

def handler(event, context):
    for record in event["Records"]:
        TELLS.sendto(record["body"].encode(), ("127.0.0.1", {port}))
"""

_FAILS = """
def handler(event, context):
    print("try", event["Records"][0]["body"])
    raise ValueError("not today")
"""


class Told:
    """Hears from functions, in a thread, until it is closed.

    ``text`` is the source of one that tells, with a place for the ``port``.
    """

    def __init__(self, text: str = _TELLS) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**20)
        self._socket.bind(("127.0.0.1", 0))
        self._at: dict[str, float] = {}
        self._came = threading.Condition()
        port = self._socket.getsockname()[1]
        self.source = Source("polled", "python", text.format(port=port))
        self._thread = threading.Thread(target=self._hear, daemon=True)
        self._thread.start()

    def _hear(self) -> None:
        while body := self._socket.recv(256):
            with self._came:
                self._at.setdefault(body.decode(), time.perf_counter())
                self._came.notify_all()

    def wait(self, bodies: Sequence[str]) -> float:
        """When the last of the messages was dealt with, by ``perf_counter``.

        Raises:
            AnswerError: one of them didn't come in time.
        """
        with self._came:
            if not self._came.wait_for(lambda: self._at.keys() >= {*bodies}, PATIENCE):
                missing = len({*bodies} - self._at.keys())
                raise AnswerError(f"{missing} messages didn't reach the function")
            return max(self._at[body] for body in bodies)

    def close(self) -> None:
        """Hear no more."""
        port = self._socket.getsockname()[1]
        self._socket.sendto(b"", ("127.0.0.1", port))
        self._thread.join()
        self._socket.close()


def new_queue(contestant: Contestant, **attributes: str) -> tuple[Any, str, str]:
    """A client, and the URL and ARN of a new queue."""
    sqs = client_of("sqs", contestant.server.endpoint)
    name = f"bench-{uuid.uuid4().hex[:12]}"
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return sqs, url, asked["Attributes"]["QueueArn"]


def _map(contestant: Contestant, arn: str, function: str, **settings: Any) -> None:
    """Have a queue polled for a function."""
    iam = client_of("iam", contestant.server.endpoint)
    iam.attach_role_policy(RoleName="bench", PolicyArn=POLLS)
    contestant.client().create_event_source_mapping(
        EventSourceArn=arn, FunctionName=function, **settings
    )


def latency(contestants: Sequence[Contestant], count: int) -> dict[str, Reading]:
    """Milliseconds from SendMessage to a warm function's having dealt with it."""
    turns = Turns(contestants)
    told = Told()

    def take(contestant: Contestant) -> list[float]:
        sqs, url, arn = new_queue(contestant)
        _map(contestant, arn, contestant.deployment.new(told.source))
        samples = []
        for _ in range(WARM_UP + count):
            body = uuid.uuid4().hex
            began = time.perf_counter()
            sqs.send_message(QueueUrl=url, MessageBody=body)
            samples.append(told.wait([body]) - began)
        return samples[WARM_UP:]

    turns.take(take)
    told.close()
    return turns.readings(MILLI)


def drain(
    contestants: Sequence[Contestant], size: int, rounds: int
) -> dict[str, Reading]:
    """Seconds in which a full queue is emptied by a new mapping, in batches of ten."""
    turns = Turns(contestants)
    told = Told()

    def take(contestant: Contestant) -> list[float]:
        sqs, url, arn = new_queue(contestant)
        function = contestant.deployment.new(told.source)
        bodies = [uuid.uuid4().hex for _ in range(size)]
        for at in range(0, size, 10):
            sqs.send_message_batch(
                QueueUrl=url,
                Entries=[
                    {"Id": body, "MessageBody": body} for body in bodies[at : at + 10]
                ],
            )
        began = time.perf_counter()
        _map(contestant, arn, function, BatchSize=10)
        return [told.wait(bodies) - began]

    for _ in range(rounds):
        turns.take(take)
    told.close()
    return turns.readings()


def idle(contestants: Sequence[Contestant], seconds: float) -> dict[str, Reading]:
    """Percent of a processor that mappings take which have nothing to do."""
    turns = Turns(contestants)
    told = Told()

    def take(contestant: Contestant) -> list[float]:
        function = contestant.deployment.new(told.source)
        for _ in range(MAPPINGS):
            _map(contestant, new_queue(contestant)[2], function)
        time.sleep(1.0)
        before = _processor_time(contestant)
        time.sleep(seconds)
        return [100 * (_processor_time(contestant) - before) / seconds]

    turns.take(take)
    told.close()
    return turns.readings()


def _processor_time(contestant: Contestant) -> float:
    """Seconds of processors that a server and its processes have used."""
    ticks = 0
    pids = [contestant.server.process.pid]
    pids += [process.pid for process in contestant.server.tree()]
    for pid in pids:
        text = (processes.PROC / str(pid) / "stat").read_text(errors="replace")
        fields = text.rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def advancing(ours: Contestant, days: float) -> Reading:
    """Seconds in which so many days go by, with hourly retries of a failing function.

    Two messages are received each hour and given up after fourteen days, the longest
    that SQS keeps one.
    """
    try:
        return _advancing(ours, days)
    except FAILURES as error:
        return Missing(f"{type(error).__name__}: {error}")


def _advancing(ours: Contestant, days: float) -> Reading:
    kept = {"VisibilityTimeout": "3600", "MessageRetentionPeriod": str(14 * 86_400)}
    sqs, url, arn = new_queue(ours, **kept)
    function = ours.deployment.new(Source("failing", "python", _FAILS))
    _map(ours, arn, function, BatchSize=1)
    for number in range(2):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    lab = f"{ours.server.endpoint}/_lab"
    urlopen(Request(f"{lab}/settle", data=b"{}")).close()
    began = time.perf_counter()
    advance = json.dumps({"advance": days * 86_400}).encode()
    urlopen(Request(f"{lab}/clock", data=advance)).close()
    taken = time.perf_counter() - began
    logs = client_of("logs", ours.server.endpoint)
    retries = sum(1 for _ in fragile.printed(logs, function, "try"))
    if retries < 2 * 14 * 24:
        return Missing(f"there were {retries} retries only")
    return Figure(taken, taken, taken, 1)


def reliability(ours: Contestant, size: int) -> Reading:
    """How many of so many messages were lost, stuck or dealt with twice.

    Failures, kills and timeouts are those of ``fragile``; each message has to be dealt
    with or to be a dead letter.
    """
    try:
        return _reliability(ours, size)
    except FAILURES as error:
        return Missing(f"{type(error).__name__}: {error}")


def _reliability(ours: Contestant, size: int) -> Reading:
    sqs, dead, dead_arn = new_queue(ours)
    policy = {"deadLetterTargetArn": dead_arn, "maxReceiveCount": fragile.TRIES}
    _, url, arn = new_queue(ours, RedrivePolicy=json.dumps(policy))
    function = ours.deployment.new(Source("fragile", "python", fragile.SOURCE))
    ours.client().update_function_configuration(FunctionName=function, Timeout=2)
    fragile.send(sqs, url, size)
    types = ["ReportBatchItemFailures"]
    _map(ours, arn, function, FunctionResponseTypes=types)
    control = functools.partial(Request, f"{ours.server.endpoint}/_lab/clock")
    urlopen(control(data=b'{"advance": 600}')).close()
    logs = client_of("logs", ours.server.endpoint)
    seen = Counter([*fragile.done(logs, function), *fragile.received(sqs, dead)])
    wrong = sum(seen[number] != 1 for number in range(size))
    return Figure(wrong, wrong, wrong, 1)
