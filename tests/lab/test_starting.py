import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from grader import lab
from grader.errors import LabEnded, LabError, LabNotStarted, LabStartFailed, WrongUse
from grader.lab import starting

KERNEL = """
from grader import lab
from grader.lab import starting
lab.start()
print(starting._running.process.pid, flush=True)
input()
"""


@pytest.fixture
def cloud(capsys: Any) -> Iterator[lab.Cloud]:
    """A lab of the test's own; afterwards everything is as it was."""
    yield lab.start()
    starting._stop()


def process() -> Any:
    assert starting._running is not None
    return starting._running.process


def test_plain_boto3_is_on_the_lab(cloud: lab.Cloud) -> None:
    """After start(), a client made without any argument talks to the lab."""
    assert boto3.client("s3").meta.endpoint_url == cloud.endpoint_url


def test_a_session_is_on_the_lab_by_itself(cloud: lab.Cloud) -> None:
    """A session of the handle needs no environment."""
    session = cloud.session(region="eu-west-1")
    assert session.client("sqs").meta.endpoint_url == cloud.endpoint_url
    assert session.region_name == "eu-west-1"


def test_a_second_start_finds_the_first(cloud: lab.Cloud, capsys: Any) -> None:
    """start() twice gives one lab, and says so."""
    assert lab.start() is cloud
    assert "runs already" in capsys.readouterr().out


def test_a_second_start_elsewhere_is_refused(cloud: lab.Cloud) -> None:
    """Another Region for a lab that runs is no silent change."""
    with pytest.raises(WrongUse, match="runs already, in us-east-1"):
        lab.start(region="eu-west-1")


def test_a_killed_lab_says_how_to_go_on(cloud: lab.Cloud) -> None:
    """After the lab's death a verb says so, and what to do, in one line."""
    child = process()._child
    child.kill()
    child.wait()
    with pytest.raises(LabEnded, match=r"killed by SIGKILL.*cloud = lab.start\(\)$"):
        cloud.settle()


def test_a_killed_lab_is_replaced(cloud: lab.Cloud) -> None:
    """start() after the lab's death starts a new one."""
    child = process()._child
    child.kill()
    child.wait()
    assert lab.start().clock.now()


def test_ctrl_c_stays_in_the_kernel(cloud: lab.Cloud) -> None:
    """The lab has a process group of its own, so a SIGINT passes it by."""
    assert os.getpgid(process().pid) != os.getpgrp()


def test_stop_puts_the_variables_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """What led to a real account before the lab leads there again after it."""
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    cloud = lab.start()
    during = os.environ.get("AWS_PROFILE"), os.environ.get("AWS_ENDPOINT_URL")
    cloud.stop()
    after = os.environ.get("AWS_PROFILE"), os.environ.get("AWS_ENDPOINT_URL")
    assert (during, after) == ((None, cloud.endpoint_url), ("mine", None))


def test_stop_twice_is_harmless(cloud: lab.Cloud) -> None:
    """stop() after stop() does nothing."""
    cloud.stop()
    cloud.stop()


def test_no_lab_after_stop(cloud: lab.Cloud) -> None:
    """After stop() a check asks for a new start."""
    cloud.stop()
    with pytest.raises(LabNotStarted, match=r"lab\.start\(\)"):
        lab.check("double-it", print)


def test_a_handle_of_a_stopped_lab_says_so(cloud: lab.Cloud) -> None:
    """An old handle doesn't wait for a lab that was stopped."""
    cloud.stop()
    with pytest.raises(LabEnded, match="you stopped it"):
        cloud.client("s3")


def test_a_busy_port_is_one_line() -> None:
    """A port that another program has is an error at once, in one line."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LabStartFailed, match=rf"on port {port}") as failure:
            lab.start(port=port)
    assert "\n" not in str(failure.value)


def test_a_lab_ends_with_its_kernel() -> None:
    """A kernel that is killed leaves no lab behind."""
    with subprocess.Popen(
        [sys.executable, "-c", KERNEL],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as kernel:
        assert kernel.stdout is not None
        kernel.stdout.readline()
        ended = os.pidfd_open(int(kernel.stdout.readline()))
        kernel.send_signal(signal.SIGKILL)
    try:
        assert select.select([ended], [], [], 30)[0] == [ended]
    finally:
        os.close(ended)


def test_two_kernels_have_two_labs(cloud: lab.Cloud, lab_url: str) -> None:
    """What one lab holds, another doesn't."""
    cloud.client("s3").create_bucket(Bucket="only-here")
    other = lab.Cloud(lab_url, "us-east-1", keys=cloud.keys)
    assert "only-here" not in other.inventory().names("bucket")


def test_an_address_attaches(lab_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """LAB_ENDPOINT_URL leads to a lab that runs already, and stop() leaves it alone."""
    monkeypatch.setenv("LAB_ENDPOINT_URL", lab_url)
    lab.start().stop()
    cloud = lab.start()
    assert cloud.clock.now()
    cloud.stop()


def test_a_dead_address_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address where nobody answers fails at once."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setenv("LAB_ENDPOINT_URL", url)
    with pytest.raises(LabStartFailed, match="no lab answers at"):
        lab.start()


def test_a_real_accounts_clock_cant_be_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    """With LAB_TARGET=aws the verbs of the lab's clock say that they can't."""
    monkeypatch.setenv("LAB_TARGET", "aws")
    cloud = lab.start(region="eu-west-1")
    try:
        with pytest.raises(LabError, match="can't be moved"):
            cloud.clock.advance("1 day")
    finally:
        cloud.stop()


def test_an_unknown_target_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """LAB_TARGET knows one word."""
    monkeypatch.setenv("LAB_TARGET", "azure")
    with pytest.raises(WrongUse, match="azure"):
        lab.start()


def test_a_region_that_isnt_there_is_refused() -> None:
    """Before anything is started, with the one that was probably meant."""
    with pytest.raises(WrongUse, match="no Region 'eu-wset-1'; did you mean 'eu-west-"):
        lab.start(region="eu-wset-1")


def test_an_error_shows_as_one_line() -> None:
    """A notebook shows our errors without a traceback."""
    assert LabEnded("gone")._render_traceback_() == ["LabEnded: gone"]


def test_a_lab_after_the_lab_has_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that were made before the lab ended work again after a new start."""
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    first = lab.start()
    client = boto3.client("s3")
    first.stop()
    again = lab.start()
    try:
        assert again.endpoint_url == first.endpoint_url
        assert client.list_buckets()["Buckets"] == []
    finally:
        again.stop()
