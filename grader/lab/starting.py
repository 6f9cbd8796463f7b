"""Starting the lab, finding it again, and ending it."""

from __future__ import annotations

import atexit
import contextlib
import difflib
import os
from dataclasses import dataclass, field
from pathlib import Path

from grader.errors import LabEnded, LabNotStarted, LabStartFailed, WrongUse
from grader.lab import sessions
from grader.lab.cloud import Cloud, Keys
from grader.lab.connection import Connection
from grader.lab.environment import Environment
from grader.lab.notices import Notices
from grader.lab.process import LabProcess

DEFAULT_REGION = "us-east-1"


def _folder() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        # It went away under the kernel.
        return Path()


@dataclass
class _Running:
    """The one lab of this kernel."""

    cloud: Cloud
    pid: int
    """Of the kernel that started it: a forked child of it must not end it."""
    environment: Environment | None = None
    process: LabProcess | None = None
    notices: Notices | None = None
    folder: Path = field(default_factory=_folder)

    def ended(self) -> bool:
        if self.cloud.endpoint_url is None:
            return False
        try:
            self.cloud.control.alive()
            if self.process is None:
                self.cloud.control.get("/_lab/health")
        except LabEnded:
            return True
        return False

    def stop(self) -> None:
        if self.pid != os.getpid():
            return
        if self.notices is not None:
            self.notices.stop()
        if self.environment is not None:
            self.environment.leave()
        if self.process is not None:
            self.process.stop()


_running: _Running | None = None
_last_port = 0
"""Of the lab before, so that clients and addresses made with it work again."""


def start(*, region: str | None = None, port: int = 0) -> Cloud:
    """Start the lab, or find the one that this kernel has.

    `LAB_TARGET=aws` gives the real account of boto3's own configuration instead;
    `LAB_ENDPOINT_URL` attaches to a lab that runs already.

    Args:
        region: the Region of `cloud` and of plain boto3 clients.
        port: on 127.0.0.1; 0 takes any free one.

    Raises:
        LabStartFailed: the port is taken, or this machine can't run the lab.
        WrongUse: AWS has no such Region.
    """
    global _running
    if _running is not None and not _running.ended():
        return _again(_running, region, port)
    _stop()
    target = os.environ.get("LAB_TARGET", "lab")
    if target == "aws":
        _running = _real(region)
    elif target != "lab":
        raise WrongUse(f"LAB_TARGET={target!r} is unknown: unset it, or set it to aws")
    else:
        _running = _local(region, port)
    if _running.cloud.endpoint_url is not None:
        _running.notices = Notices(_running.cloud.control)
    print(_welcome(_running.cloud))
    return _running.cloud


def attach(endpoint_url: str) -> Cloud:
    """Join a lab that runs already, without a word: it tells its notices elsewhere."""
    global _running
    _running = _attached(endpoint_url, None)
    return _running.cloud


def current() -> Cloud:
    """The cloud of this kernel.

    Raises:
        LabNotStarted: there is none yet, or it was stopped.
    """
    if _running is None:
        raise LabNotStarted(
            "no lab in this notebook yet; start it: cloud = lab.start()"
        )
    return _running.cloud


def here() -> Path:
    """The notebook's folder: where the lab was started, else the current one."""
    return _running.folder if _running is not None else _folder()


def _local(region: str | None, port: int) -> _Running:
    if region is not None and region != DEFAULT_REGION:
        _check_region(region)
    if endpoint_url := os.environ.get("LAB_ENDPOINT_URL"):
        return _attached(endpoint_url.rstrip("/"), region)
    return _started(region or DEFAULT_REGION, port)


def _check_region(region: str) -> None:
    known = sessions.regions()
    if region not in known:
        near = difflib.get_close_matches(str(region), known, n=1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        raise WrongUse(f"AWS has no Region {region!r}{meant}")


def _started(region: str, port: int) -> _Running:
    global _last_port
    with sessions.reading_ahead():
        process = _process(port)
    _last_port = int(process.endpoint_url.rpartition(":")[2])
    connection = Connection(process.endpoint_url, obituary=process.obituary)
    return _joined(process.endpoint_url, region, connection, process)


def _process(port: int) -> LabProcess:
    if port == 0 and _last_port:
        # Somebody else may have taken the port meanwhile: any other will do.
        with contextlib.suppress(LabStartFailed):
            return LabProcess(_last_port)
    return LabProcess(port)


def _attached(endpoint_url: str, region: str | None) -> _Running:
    connection = Connection(endpoint_url)
    try:
        connection.get("/_lab/health")
    except Exception as fault:
        raise LabStartFailed(
            f"no lab answers at LAB_ENDPOINT_URL={endpoint_url}: {fault}"
        ) from fault
    chosen = region or os.environ.get("AWS_DEFAULT_REGION") or DEFAULT_REGION
    return _joined(endpoint_url, chosen, connection, None)


def _joined(
    endpoint_url: str, region: str, connection: Connection, process: LabProcess | None
) -> _Running:
    environment = Environment()
    environment.enter(endpoint_url, region)
    cloud = Cloud(
        endpoint_url,
        region,
        keys=Keys("test", "test"),
        connection=connection,
        end=_stop,
    )
    return _Running(cloud, os.getpid(), environment, process)


def _real(region: str | None) -> _Running:
    import boto3

    found = region or boto3.Session().region_name
    if found is None:
        raise WrongUse(
            "LAB_TARGET=aws needs a Region: lab.start(region=…) or AWS_DEFAULT_REGION"
        )
    return _Running(Cloud(None, found, end=_stop), os.getpid())


def _again(running: _Running, region: str | None, port: int) -> Cloud:
    cloud = running.cloud
    here = cloud.endpoint_url or ""
    if region not in (None, cloud.region):
        raise WrongUse(
            f"the lab runs already, in {cloud.region}: for another Region use "
            f"cloud.session(region={region!r}), or cloud.stop() first"
        )
    if port and not here.endswith(f":{port}"):
        raise WrongUse(f"the lab runs already, at {here}: cloud.stop() first")
    print(f"The lab runs already; this is the same one ({here or 'real AWS'}).")
    return cloud


def _welcome(cloud: Cloud) -> str:
    if cloud.endpoint_url is None:
        return (
            f"Working in your real AWS account, in {cloud.region}: this may cost money."
        )
    return f"The lab is running at {cloud.endpoint_url}, in {cloud.region}."


@atexit.register
def _stop() -> None:
    global _running
    running, _running = _running, None
    if running is not None:
        running.stop()
