"""The local cloud: its parts, put together on one port."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.base_backend import BackendDict
from moto.s3.models import s3_backends

from grader.cloud import (
    administrator,
    eventbridge,
    functions,
    logs,
    managed_policies,
    moto_lookups,
    runtimes,
    s3,
)
from grader.cloud.access import (
    moto_permissions,
    policy_simulator,
    policy_writes,
    user_boundaries,
)
from grader.cloud.access.audit_trail import Call
from grader.cloud.access.execution_roles import ExecutionRoles
from grader.cloud.access.gate import Gate
from grader.cloud.access.principals import Principals
from grader.cloud.access.token_service import TokenService
from grader.cloud.asynchronous import AsynchronousInvoker
from grader.cloud.aws_errors import AWSError
from grader.cloud.chains import Chains
from grader.cloud.clock import Clock
from grader.cloud.environments import Environments
from grader.cloud.eventbridge.bridge import EventBridge
from grader.cloud.execution import Ended
from grader.cloud.faults import Faults
from grader.cloud.forked import ForkingLauncher
from grader.cloud.functions import FunctionVersion
from grader.cloud.gateway import Gateway
from grader.cloud.in_flight import InFlight
from grader.cloud.invocation import Invoker
from grader.cloud.invoke_requests import InvokeRequests
from grader.cloud.journal import Incident
from grader.cloud.late_calls import LateCalls
from grader.cloud.metering import Metering
from grader.cloud.monitoring import Monitoring
from grader.cloud.notices import Notices
from grader.cloud.notifications import Notifications
from grader.cloud.payloads import check_payload
from grader.cloud.plans import Planner
from grader.cloud.polling.pollers import Pollers
from grader.cloud.polling.queue_poller import QueuePoller
from grader.cloud.polling.stream_poller import poll_kinesis, poll_table
from grader.cloud.provisioned_environments import ProvisionedEnvironments
from grader.cloud.queues import Queues, receiving
from grader.cloud.routing import Router
from grader.cloud.sandboxed import Sandbox, SandboxLauncher
from grader.cloud.server import Server
from grader.cloud.service_deliveries import ServiceDeliveries
from grader.cloud.topics import PATH, Topics

_FOLDER = "serverless-lab-"


class Cloud:
    """One local cloud, from a bound port to ``close()``.

    ``listeners`` listen already and become the cloud's, in place of ``port``: see
    ``Server``. Its files are below ``folder``, or in a new one that ends with it.
    Functions run in ``sandbox``, else behind bubblewrap or nothing.

    Raises: PortTaken when another program has the port.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        listeners: Sequence[socket.socket] = (),
        folder: Path | None = None,
        sandbox: Sandbox | None = None,
    ) -> None:
        _quieten()
        _sweep()
        self.account = DEFAULT_ACCOUNT_ID
        self._accounts = 0
        self._lock = threading.Lock()
        self._closing = contextlib.ExitStack()
        try:
            self._build(port, listeners, folder, sandbox)
        except BaseException:
            self.close()
            raise

    def _build(
        self,
        port: int,
        listeners: Sequence[socket.socket],
        given: Path | None,
        sandbox: Sandbox | None,
    ) -> None:
        """Put the parts together; they are closed in the reverse order."""
        at_end = self._closing.callback
        folder = given or Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-"))
        if given is None:
            at_end(shutil.rmtree, folder, ignore_errors=True)
        at_end(_forget_resources)
        self._server = Server(port, listeners)
        self._server.prepare()
        self._serving = threading.Thread(target=self._server.serve, name="lab-server")
        at_end(self._join)
        at_end(self._server.stop)
        self.endpoint_url = f"http://127.0.0.1:{self._server.port}"
        self.notices = Notices()
        self.in_flight = InFlight()
        self.clock = Clock(self.in_flight, folder / "clock")
        at_end(self.clock.close)
        self.metering = Metering(self.clock)
        at_end(self.metering.close)
        managed_policies.install()
        policy_writes.install()
        policy_simulator.install()
        moto_permissions.install()
        user_boundaries.install()
        principals = Principals()
        tokens = TokenService(principals, self.clock.now)
        tokens.install()
        at_end(tokens.close)
        functions.install()
        s3.install()
        self.queues = Queues(self.clock)
        self.queues.install()
        at_end(self.queues.close)
        self.gate = Gate(self.clock, principals)
        s3.ask(self.gate.permitted)
        at_end(s3.ask, None)
        roles = ExecutionRoles(self.gate.trail)
        late_calls = LateCalls()
        self.gate.admitted.append(late_calls.look)
        launcher = SandboxLauncher(sandbox) if sandbox else ForkingLauncher()
        if isinstance(launcher, ForkingLauncher):
            launcher.on_fail = partial(self.notices.tell, "forking")
        self.environments = environments = Environments(
            Planner(
                folder,
                folder / "clock",
                self.endpoint_url,
                principals.sessions,
                lambda: launcher.isolated,
                code_limit=None if sandbox is None else sandbox.code_limit,
            ),
            roles,
            launcher,
            late_calls,
        )
        self.invoker = Invoker(environments, self.in_flight)
        self.invoker.on_mismatch = self._tell_mismatch
        self.invoker.on_end.append(self._tell_not_json)
        self.invoker.on_end.append(self.metering.ended)
        self.asynchronous = AsynchronousInvoker(
            self.invoker, self.clock, self.in_flight, roles
        )
        at_end(self.asynchronous.close)
        late_calls.on_late = self._tell_late
        self.chains = Chains(self.gate.trail, self.asynchronous.journal)
        self.invoker.on_end.append(self.chains.ended)
        self.faults = Faults(self.asynchronous.journal)
        self.asynchronous.shuffles = self.faults.order
        self.asynchronous.doubles = self.faults.doubles
        receiving.doubles.append(self.faults.doubles)
        at_end(receiving.doubles.remove, self.faults.doubles)
        notifications = Notifications(self.asynchronous)
        notifications.install()
        at_end(notifications.close)
        topics = Topics(
            self.asynchronous, self.clock, self.in_flight, self.endpoint_url
        )
        at_end(topics.close)
        lifecycle = s3.Lifecycle(self.clock)
        lifecycle.install()
        at_end(lifecycle.close)
        monitoring = Monitoring(self.clock, self.invoker, self.asynchronous)
        monitoring.install()
        topics.measures.append(monitoring.topics.counted)
        at_end(monitoring.close)
        logs.install(monitoring.logs.came)
        bridge = EventBridge(
            self.clock, self.in_flight, self.asynchronous, monitoring.events
        )
        bridge.install()
        at_end(bridge.close)
        functions.on_delivery(ServiceDeliveries(self.invoker, self.asynchronous))
        at_end(functions.on_delivery, None)
        provisioned = ProvisionedEnvironments(
            self.invoker, environments, self.in_flight
        )
        at_end(provisioned.close)
        pollers = Pollers(
            self.invoker,
            self.clock,
            self.in_flight,
            self.asynchronous.journal,
            roles,
            makers={
                "dynamodb": poll_table,
                "kinesis": poll_kinesis,
                "sqs": QueuePoller,
            },
        )
        pollers.on_measure.append(monitoring.polled)
        pollers.install()
        at_end(pollers.close)
        self.invoker.on_end.append(provisioned.on_end)
        # What a worker of the queue runs ends with its environment.
        at_end(environments.close)
        at_end(self.asynchronous.stop)
        at_end(pollers.stop)
        at_end(provisioned.stop)
        at_end(functions.on_provisioning(provisioned.adjust))
        at_end(functions.on_change(provisioned.on_change))
        at_end(
            functions.on_change(
                lambda change: environments.retire(
                    change.account, change.region, change.name
                )
            )
        )
        self.gateway = Gateway(
            self.invoker,
            self.asynchronous.journal,
            monitoring.gateway.answered,
            principals,
        )
        self.gateway.observers.append(self.metering.answered)
        self.gateway.passed.append(self.chains.passed)
        self.router = Router(
            self.clock,
            self.gate,
            InvokeRequests(self.invoker, self.asynchronous),
            self.gateway,
            self.metering,
            self.faults,
        )
        self.holds = self.router.holds
        self.router.mounted[functions.DOWNLOADS] = functions.respond_download
        self.router.mounted[PATH] = topics.follow
        self.router.preparing.append(eventbridge.prepare)
        self.router.preparing.append(topics.prepare)
        self._server.wsgi_app = self.router

    def start(self) -> None:
        """Answer requests from now on."""
        self._serving.start()
        threading.Thread(target=moto_lookups.read_ahead, name="lab-reader").start()

    def close(self) -> None:
        """End everything that was started: threads, processes, folders."""
        self._closing.close()

    def _join(self) -> None:
        if self._serving.is_alive():
            self._serving.join()

    def fresh_account(self) -> tuple[str, str, str]:
        """Open another, empty account.

        Returns its id, and its administrator's access key id and secret.
        """
        with self._lock:
            self._accounts += 1
            account = f"{int(self.account) + 1_000_000 * self._accounts:012d}"
        return account, *administrator.create(account)

    def _tell_not_json(self, ended: Ended) -> None:
        # Lambda passes on what the runtime answered, as it is.
        if b"NaN" not in ended.payload and b"Infinity" not in ended.payload:
            return
        try:
            check_payload(ended.payload, len(ended.payload))
        except AWSError:
            name = ended.function.name
            self.notices.tell(
                f"{ended.function.arn} NaN",
                f"{name} answered NaN or Infinity. JSON has neither: most callers "
                "can't read the answer. Return null or a string instead.",
            )

    def _tell_late(self, call: Call) -> None:
        session, operation = call.caller.session, call.operation
        if session is None or operation is None:
            return
        _, _, _, region, account, _, name, *_ = session.function_arn.split(":")
        said = f"{name} answered without waiting for its call of {operation.name}."
        self.asynchronous.journal.incident(
            Incident(
                at=call.at,
                kind="late",
                source="lambda",
                account=account,
                region=region,
                resource=session.function_arn,
                message=said,
            )
        )
        self.notices.tell(
            f"{session.function_arn} late",
            f"{said} On AWS it stands still from its answer on, so that call is made "
            "with a later event, or never: let the handler wait for it, in Node.js "
            "with await.",
        )

    def _tell_mismatch(
        self, function: FunctionVersion, program: runtimes.Program
    ) -> None:
        self.notices.tell(
            function.runtime,
            f"Functions that declare {function.runtime} are executed by "
            f"{program.executed_by} on this machine.",
        )


def _quieten() -> None:
    # What a learner reads are AWS's errors, not the libraries' own remarks.
    for name in ("werkzeug", "moto", "botocore"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _forget_resources() -> None:
    """End moto's state, which it keeps in the process, with the cloud."""
    # Not BackendDict.reset(): that builds every backend anew only to drop it.
    for backends in list(BackendDict._instances):
        backends.clear()
    BackendDict._instances.clear()
    s3_backends.bucket_accounts.clear()


def _sweep() -> None:
    """Remove folders of labs that were killed before they could do it themselves."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        # Most labs find nothing to sweep, and needn't wait for this import.
        import psutil

        with contextlib.suppress(ValueError, OSError):
            owner = int(folder.name.removeprefix(_FOLDER).split("-")[0])
            if not psutil.pid_exists(owner):
                shutil.rmtree(folder, ignore_errors=True)
