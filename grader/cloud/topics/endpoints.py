"""HTTP endpoints of subscribers: requests to them, and what is tried again when.

moto posts within the publisher's request, once, in another shape. Only servers on this
machine are reached.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from grader.cloud.clock import Clock
from grader.cloud.in_flight import InFlight

_log = logging.getLogger(__name__)

_TIMEOUT = 15.0
_AT_ONCE = 8
_HERE = ("127.0.0.1", "localhost")


class Unreachable(Exception):
    """An endpoint that didn't take a message, at any attempt."""


@dataclass(frozen=True)
class Post:
    """A request to an endpoint; ``waits`` are seconds before further attempts."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    waits: Sequence[float]
    taken: Callable[[], None]
    failed: Callable[[Exception], None]


def is_here(url: str) -> bool:
    """Whether a URL is one of this machine's."""
    return urlsplit(url).hostname in _HERE


class Endpoints:
    """Posts to endpoints, in threads of its own."""

    def __init__(self, clock: Clock, in_flight: InFlight) -> None:
        self._clock = clock
        self._in_flight = in_flight
        self._workers = ThreadPoolExecutor(_AT_ONCE, "topic-endpoint")
        self._closed = False

    def post(self, post: Post, attempt: int = 0) -> None:
        """Send a request soon; what fails is sent again by the lab's clock."""
        self._in_flight.begin()
        try:
            self._workers.submit(self._attempt, post, attempt)
        except RuntimeError:
            # The lab ends.
            self._in_flight.end()

    def close(self) -> None:
        """Begin no attempt any more."""
        self._closed = True
        self._workers.shutdown(cancel_futures=True)

    def _attempt(self, post: Post, attempt: int) -> None:
        try:
            self._send(post, attempt)
        except Exception:  # noqa: BLE001 - a worker outlives any message
            _log.exception("the post to %s broke", post.url)
        finally:
            self._in_flight.end()

    def _send(self, post: Post, attempt: int) -> None:
        import urllib3

        try:
            with urllib3.PoolManager(retries=False) as pool:
                answer = pool.request(
                    "POST",
                    post.url,
                    body=post.body,
                    headers=dict(post.headers),
                    timeout=_TIMEOUT,
                    redirect=False,
                )
        except urllib3.exceptions.HTTPError as error:
            again, why = True, str(error)
        else:
            if 200 <= answer.status < 300:
                post.taken()
                return
            # What the subscriber refuses for good isn't tried again.
            again = answer.status < 200 or answer.status in (429, *range(500, 600))
            why = f"it answered {answer.status}"
        if not again or attempt >= len(post.waits):
            post.failed(Unreachable(f"{why}, at attempt {attempt + 1}"))
        elif not self._closed:
            self._clock.call_at(
                self._clock.now() + post.waits[attempt],
                lambda: self.post(post, attempt + 1),
            )
