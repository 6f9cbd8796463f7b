"""Networks of submissions, and the small process that makes them."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from grader.errors import SandboxFailed
from grader.sandbox import Isolation, Network, holder


def test_a_listener_inside_isnt_reachable_outside(strong: Isolation) -> None:
    """The port is free on the machine, whose own loopback is another one."""
    with Network(strong) as network, network.listener() as listening:
        port = listening.getsockname()[1]
        assert network.ports == (port,)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        socket.create_server(("127.0.0.1", port)).close()


def test_a_closed_network_leaves_no_descriptor(strong: Isolation) -> None:
    """A worker opens one for each submission."""
    with Network(strong):
        pass
    before = os.listdir("/proc/self/fd")
    for _ in range(3):
        with Network(strong) as network, network.listener():
            assert network.descriptors
        assert network.descriptors == ()
    assert os.listdir("/proc/self/fd") == before


def test_a_lost_holder_is_replaced(strong: Isolation) -> None:
    """Whoever asks next gets a network all the same."""
    with Network(strong):
        lost = holder._current()
        os.kill(lost._process, signal.SIGKILL)
        os.waitid(os.P_PID, lost._process, os.WEXITED | os.WNOWAIT)
    with Network(strong) as network, network.listener() as listening:
        assert listening.getsockname()[0] == "127.0.0.1"
    assert holder._current() is not lost


def test_the_holder_ends_with_its_owner(strong: Isolation) -> None:
    """It waits for questions, and the end of those is its end."""
    with Network(strong):
        held = holder._current()._process
    assert Path(f"/proc/{held}").exists()
    holder._end()
    assert not Path(f"/proc/{held}").exists()


def test_without_namespaces_it_is_the_machines_own() -> None:
    """Nothing to join; what is listened on is told, so that it may be connected to."""
    with Network(Isolation("medium", "")) as network, network.listener() as listening:
        assert network.descriptors == ()
        port = listening.getsockname()[1]
        assert network.ports == (port,)
        with pytest.raises(SandboxFailed, match=f"port {port}"):
            network.listener(port)
        socket.create_connection(("127.0.0.1", port)).close()
