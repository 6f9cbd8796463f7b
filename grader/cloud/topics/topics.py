"""The topics of one cloud, laid over moto's SNS when that is first used."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from grader.cloud.asynchronous import AsynchronousInvoker
    from grader.cloud.clock import Clock
    from grader.cloud.in_flight import InFlight

PATH = "/_aws/sns/"
"""Where the lab answers the links of its confirmations."""


Measure = Callable[[str, str, float], None]
"""Takes a topic's ARN, the name of one of SNS's metrics, and a value."""


class Topics:
    """Takes the place of moto's deliveries from the first use to ``close``."""

    def __init__(
        self,
        asynchronous: AsynchronousInvoker,
        clock: Clock,
        in_flight: InFlight,
        endpoint_url: str,
    ) -> None:
        self._asynchronous = asynchronous
        self._clock = clock
        self._in_flight = in_flight
        self._endpoint_url = endpoint_url
        self.measures: list[Measure] = []
        """Who is told of what becomes of messages, for metrics."""
        self._follow: Callable[[Request], Response] | None = None
        self._replaced: list[tuple[Any, str, Any]] = []
        self._at_end: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def prepare(self, service: str) -> None:
        """Lay our answers over moto's SNS before it gives its first.

        It is costly to import. A topic only comes to be by SNS or by a stack.
        """
        if service in ("sns", "cloudformation") and self._follow is None:
            with self._lock:
                if self._follow is None:
                    self._install()

    def follow(self, link: Request) -> Response:
        """Answer whoever follows the link of a confirmation."""
        self.prepare("sns")
        assert self._follow is not None
        return self._follow(link)

    def close(self) -> None:
        """Give moto its own code back."""
        while self._at_end:
            self._at_end.pop()()
        while self._replaced:
            setattr(*self._replaced.pop())

    def _install(self) -> None:
        from moto.sns.models import SNSBackend, Topic
        from moto.sns.responses import SNSResponse

        from grader.cloud.topics.answers import Answers
        from grader.cloud.topics.confirmations import Confirmations
        from grader.cloud.topics.deliveries import Deliveries
        from grader.cloud.topics.endpoints import Endpoints

        endpoints = Endpoints(self._clock, self._in_flight)
        self._at_end.append(endpoints.close)
        answers = Answers(
            Deliveries(self._asynchronous, endpoints, self._measured),
            Confirmations(endpoints, self._clock, self._endpoint_url),
        )
        for answer in (
            answers.create_topic,
            answers.publish,
            answers.publish_batch,
            answers.subscribe,
            answers.confirm_subscription,
            answers.unsubscribe,
            answers.set_subscription_attributes,
            answers.get_subscription_attributes,
            answers.list_subscriptions,
            answers.list_subscriptions_by_topic,
            answers.get_topic_attributes,
        ):
            self._replace(SNSResponse, answer.__name__, answer)
        self._replace(SNSBackend, "subscribe", answers.subscribe_new)
        self._replace(Topic, "publish", answers.send_of_service)
        self._follow = answers.follow

    def _measured(self, topic_arn: str, metric: str, value: float = 1) -> None:
        for measure in self.measures:
            measure(topic_arn, metric, value)

    def _replace(self, owner: Any, name: str, ours: Callable[..., Any]) -> None:
        def replaced(moto: Any, *arguments: Any, **named: Any) -> Any:
            return ours(moto, *arguments, **named)

        self._replaced.append((owner, name, getattr(owner, name)))
        setattr(owner, name, replaced)
