"""A topic, and those who may subscribe to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader.cloud.cloud import Cloud
from tests.cloud.conftest import Account

PRINTS = "import json\n\ndef handler(event, context):\n    print(json.dumps(event))\n"


class Newsroom:
    """One account's topics and their subscribers."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.cloud: Cloud = account.cloud
        self.sns = account.client("sns")

    def topic(self, name: str = "news", **attributes: str) -> str:
        """Create a topic; returns its ARN."""
        made = self.sns.create_topic(Name=name, Attributes=attributes)
        return str(made["TopicArn"])

    def subscribe(self, topic: str, endpoint: str, protocol: str, **told: str) -> str:
        """Subscribe, with attributes; returns the subscription's ARN."""
        made = self.sns.subscribe(
            TopicArn=topic,
            Protocol=protocol,
            Endpoint=endpoint,
            Attributes=told,
            ReturnSubscriptionArn=True,
        )
        return str(made["SubscriptionArn"])

    def queue(self, topic: str, name: str = "reader", **told: str) -> tuple[str, str]:
        """Subscribe a new queue that lets the topic in: its URL, the subscription."""
        ordered = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        url, arn = self.account.queue(name, **ordered)
        self.account.let_in(url, "sns.amazonaws.com", topic)
        return url, self.subscribe(topic, arn, "sqs", **told)

    def bodies(self, url: str) -> list[str]:
        """The bodies of what a queue holds."""
        return [one["Body"] for one in self.account.messages(url)]

    def texts(self, url: str) -> list[str]:
        """The texts of the notifications that a queue holds."""
        return [json.loads(body)["Message"] for body in self.bodies(url)]

    def incidents(self) -> list[tuple[str, str]]:
        """Kind and resource of what went wrong."""
        self.cloud.clock.settle()
        journal = self.cloud.asynchronous.journal
        found = journal.incidents(account=self.account.id)
        return [(one.kind, one.resource) for one in found]

    def refusal(self, ask: str, **request: Any) -> tuple[str, str]:
        """Code and message of what SNS refuses."""
        with pytest.raises(ClientError) as raised:
            getattr(self.sns, ask)(**request)
        error = raised.value.response["Error"]
        return error["Code"], error["Message"]


@pytest.fixture
def news(fresh_account: Account) -> Newsroom:
    return Newsroom(fresh_account)


@pytest.fixture
def own_news(own_account: Account) -> Newsroom:
    """An account in a cloud of its own, whose clock the test may move."""
    return Newsroom(own_account)


class Subscriber:
    """A web server that notes what is posted, and answers with ``statuses`` in turn."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.posts: list[tuple[dict[str, str], str]] = []
        subscriber = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers["Content-Length"])
                text = self.rfile.read(size).decode()
                subscriber.posts.append((dict(self.headers.items()), text))
                status = subscriber.statuses.pop(0) if subscriber.statuses else 200
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *words: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/news"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    server = Subscriber()
    yield server
    server.close()
