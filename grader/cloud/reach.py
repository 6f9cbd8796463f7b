"""Whom the lab of a submission may call: nobody but itself.

Topics, API destinations and integrations send requests to any URL that a learner names,
and they come from outside the learner's sandbox: they would reach the machine's own
servers, other submissions' labs, and the internet.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from typing import Any

_HERE = ("127.0.0.1", "localhost")
_NAMES = frozenset(
    {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
)
_CALLS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})


def confine(port: int) -> None:
    """Let this process connect to its own port of 127.0.0.1 alone, for good.

    Anything else raises a PermissionError, also looking up a name, which would tell
    somebody's name server. What was connected before goes on.
    """
    sys.addaudithook(_guard(port))


def _guard(port: int) -> Callable[[str, tuple[Any, ...]], None]:
    def guard(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _CALLS:
            address = arguments[1]
            # Sent over what is connected already, a message has no address.
            allowed = address is None or (
                isinstance(address, tuple)
                and address[0] in _HERE
                and address[1] == port
            )
        elif event in _NAMES:
            host = arguments[0]
            if isinstance(host, bytes):
                host = host.decode(errors="replace")
            allowed = not host or host in _HERE
        else:
            return
        if not allowed:
            raise PermissionError(
                errno.EACCES, "a submission's lab may call nobody but itself"
            )

    return guard
