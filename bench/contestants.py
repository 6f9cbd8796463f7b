"""Who takes part in a run: our local cloud, its peers, and the instant stub."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from bench import peers, rows, servers
from bench.figures import Missing
from bench.functions import AnyName, Created, Declared, Deployment
from bench.machine import NODE

THREADS = 8


@dataclass
class Contestant:
    """A server that runs, and how to reach and fill it."""

    server: servers.Server
    deployment: Deployment

    @property
    def name(self) -> str:
        return self.server.name

    def client(self) -> Any:
        """A new Lambda client for it."""
        return client_of("lambda", self.server.endpoint)


@dataclass(frozen=True)
class Folders:
    """Where the files of a run lie.

    `root` stays, and git ignores it; `temporary` goes when the run ends. It is where
    the system has its temporary files, as a slower disk would slow a cold start.
    """

    root: Path
    temporary: Path

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    def clear(self) -> None:
        """Makes what a run needs, the logs of the last one away."""
        shutil.rmtree(self.logs, ignore_errors=True)
        self.logs.mkdir(parents=True)
        (self.root / "home").mkdir(exist_ok=True)

    def own_temporary(self, name: str) -> Path:
        """The temporary folder of one contestant."""
        folder = self.temporary / name
        folder.mkdir(exist_ok=True)
        return folder

    def environment(self, name: str) -> dict[str, str]:
        """What keeps a peer's files in here, and gives each peer the same tools.

        The interpreter is the plain one, not that of a virtual environment nor a
        version manager's shim, both of which start slower; Node is our own.
        """
        paths = [Path(sys.base_prefix) / "bin", NODE.parent, "/usr/bin", "/bin"]
        return {
            "HOME": str(self.root / "home"),
            "TMPDIR": str(self.own_temporary(name)),
            "PATH": ":".join(map(str, paths)),
        }


def client_of(service: str, endpoint: str) -> Any:
    """A client that tries once, so that a failure isn't hidden in a retry."""
    session = boto3.session.Session(
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="us-east-1",
    )
    config = Config(
        retries={"total_max_attempts": 1},
        max_pool_connections=THREADS,
        read_timeout=60,
    )
    return session.client(service, endpoint_url=endpoint, config=config)


def ours_command(folders: Folders) -> servers.Command:
    """`grader cloud` of the environment that the bench runs in."""
    grader = Path(sys.executable).with_name("grader")
    temporary = folders.own_temporary(rows.OURS)
    return servers.Command(
        [str(grader), "cloud", "--port", "0"], temporary, {"TMPDIR": str(temporary)}
    )


def ministack_command(folders: Folders) -> servers.Command:
    """MiniStack without the listeners that would take fixed ports."""
    command = peers.install_ministack(folders.root / "ministack")
    port = servers.free_port()
    environment = folders.environment(rows.MINISTACK) | {
        "GATEWAY_PORT": str(port),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
    }
    endpoint = f"http://127.0.0.1:{port}"
    return servers.Command([str(command)], folders.temporary, environment, endpoint)


def moto_command(folders: Folders) -> servers.Command:
    """The moto server of the environment that the bench runs in."""
    port = servers.free_port()
    start = "from moto.server import main; main()"
    arguments = [sys.executable, "-c", start, "-H", "127.0.0.1", "-p", str(port)]
    return servers.Command(
        arguments, folders.temporary, endpoint=f"http://127.0.0.1:{port}"
    )


def with_created_functions(server: servers.Server) -> Contestant:
    """The contestant that a server with a control plane of Lambda and IAM is.

    Raises:
        StartError: the role of the functions can't be made; the server is ended.
    """
    lambda_, iam = (client_of(name, server.endpoint) for name in ("lambda", "iam"))
    try:
        return Contestant(server, Created(lambda_, iam))
    except (ClientError, BotoCoreError) as error:
        server.stop()
        raise servers.StartError(str(error)) from error


def start_ours(folders: Folders) -> Contestant:
    """Our local cloud."""
    server = servers.start(rows.OURS, ours_command(folders), folders.logs / "ours.log")
    return with_created_functions(server)


def start_stub(folders: Folders) -> Contestant:
    """The server that answers at once."""
    command = servers.Command(
        [sys.executable, "-m", "bench.stub"],
        Path(__file__).resolve().parent.parent,
    )
    server = servers.start(rows.STUB, command, folders.logs / "stub.log")
    return Contestant(server, AnyName())


def start_ministack(folders: Folders) -> Contestant:
    """MiniStack with its default, local executor."""
    server = servers.start(
        rows.MINISTACK, ministack_command(folders), folders.logs / "ministack.log"
    )
    return with_created_functions(server)


def start_offline(folders: Folders, *, functions: int) -> Contestant:
    """serverless-offline with that many functions of each kind declared.

    Telemetry and notices are off, as serverless's docs/telemetry.md says.
    """
    folder = folders.root / "serverless"
    script = peers.install_serverless(folder)
    port = servers.free_port()
    options = {
        "host": "127.0.0.1",
        "lambdaPort": port,
        "httpPort": servers.free_port(),
        "noSponsor": True,
    }
    deployment = Declared(folder, each=functions, options=options)
    environment = folders.environment(rows.OFFLINE) | {
        "SLS_TELEMETRY_DISABLED": "1",
        "SLS_NOTIFICATIONS_MODE": "off",
    }
    command = servers.Command(
        [str(NODE), str(script), "offline", "start"],
        folder,
        environment,
        f"http://127.0.0.1:{port}",
    )
    server = servers.start(rows.OFFLINE, command, folders.logs / "offline.log")
    return Contestant(server, deployment)


def try_start(start: Callable[[], Contestant]) -> Contestant | Missing:
    """The contestant, or why it can't take part."""
    try:
        return start()
    except (peers.InstallError, servers.StartError) as error:
        return Missing(str(error))
