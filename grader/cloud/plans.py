"""Plans an environment's process: its folders, its variables, its credentials."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from grader.cloud import functions, runtimes
from grader.cloud.access.sessions import Session, Sessions, find_role
from grader.cloud.aws_errors import AWSError
from grader.cloud.code_store import CodeStore
from grader.cloud.environment import Plan
from grader.cloud.environment_variables import Folders, environment_variables
from grader.cloud.functions import FunctionVersion

# Of a role's session, in seconds; the longest that STS allows.
_SESSION_TIME = 12 * 60 * 60


class Planner:
    """Knows where on this machine everything lies that an environment shows."""

    def __init__(
        self,
        folder: Path,
        clock_file: Path,
        endpoint_url: str,
        sessions: Sessions,
        isolated: Callable[[], bool],
        *,
        code_limit: int | None = None,
    ) -> None:
        """``isolated`` says whether environments have folders of their own.

        Their code may take ``code_limit`` bytes of disk.
        """
        self._isolated = isolated
        self._folder = folder
        self._clock_file = clock_file
        self._endpoint_url = endpoint_url
        self._sessions = sessions
        self._code = CodeStore(folder / "code", limit=code_limit)
        self._linking = threading.Lock()

    def plan(
        self, function: FunctionVersion, log_stream: str, initialization_type: str
    ) -> Plan:
        """Plan; the type is Lambda's: ``on-demand``, ``provisioned-concurrency``."""
        program = runtimes.program(function.runtime)
        command = runtimes.command(function.runtime, function.memory_size)
        mounts = {
            "/var/task": str(self._task(function)),
            "/opt": str(self._opt(function)),
            **program.mounts,
        }
        for name, path in runtimes.lab_time_libraries().items():
            mounts[f"{runtimes.LAB_TIME}/{name}"] = path
        isolated = self._isolated()
        if isolated:
            folders, lab_time = Folders(), runtimes.LAB_TIME
        else:
            folders = Folders(
                task=mounts["/var/task"],
                opt=mounts["/opt"],
                runtime=self._linked(mounts, "/var/runtime"),
            )
            lab_time = self._linked(mounts, runtimes.LAB_TIME)
            command = [_outside(part, mounts) for part in command]
        session = self._session(function)
        variables = environment_variables(
            function,
            folders=folders,
            credentials=session,
            endpoint_url=self._endpoint_url,
            log_stream=log_stream,
            initialization_type=initialization_type,
        )
        private = {"_LAB_TIME_LIBRARIES": lab_time, "_LAB_OPT": folders.opt}
        linked = {path: path for path in (folders.runtime, lab_time)}
        return Plan(
            runtime=function.runtime,
            command=tuple(command),
            variables=variables | private,
            folder="/" if isolated else folders.task,
            read_only=mounts if isolated else None,
            needed=mounts | linked,
            memory_size=function.memory_size,
            ephemeral_size=function.ephemeral_size,
            clock_file=self._clock_file,
            credentials_until=session.expires,
        )

    def _session(self, function: FunctionVersion) -> Session:
        """A session of the execution role, whose name is the function's.

        Raises: AWSError when the role is gone.
        """
        role = find_role(function.account, function.role)
        if role is None:
            raise AWSError(
                "AccessDeniedException",
                "The role defined for the function cannot be assumed by Lambda.",
                403,
            )
        return self._sessions.of_role(
            role,
            function.name,
            seconds=_SESSION_TIME,
            now=time.time(),
            function_arn=function.arn,
        )

    def _task(self, function: FunctionVersion) -> Path:
        return self._code.task(
            function.code_sha256, lambda: functions.code_bytes(function)
        )

    def _opt(self, function: FunctionVersion) -> Path:
        account, region = function.account, function.region
        return self._code.opt(
            function.layers, lambda arn: functions.layer_bytes(account, region, arn)
        )

    def _linked(self, mounts: Mapping[str, str], inside: str) -> str:
        """A folder of links that shows what would be mounted below ``inside``."""
        folder = self._folder / inside.strip("/").replace("/", "-")
        with self._linking:
            folder.mkdir(parents=True, exist_ok=True)
            for path, target in mounts.items():
                if path.startswith(inside + "/"):
                    link = folder / path.removeprefix(inside + "/")
                    if not link.is_symlink():
                        link.symlink_to(target)
        return str(folder)


def _outside(part: str, mounts: Mapping[str, str]) -> str:
    """Translate a path inside the environment to one of this machine."""
    for inside, outside in mounts.items():
        if part == inside or part.startswith(inside + "/"):
            return outside + part.removeprefix(inside)
    return part
