"""Starts AWS's Python runtime interface client inside an execution environment.

Runs before the learner's code, so it imports as little as it can. Kept free of
the package ``grader``: inside the environment there is only this folder.
"""

from __future__ import annotations

import os
import struct
import sys

# What time_machine imports for its decorators and for arguments that aren't used
# here, which takes longer than all else of it; None for what it can do without.
_SPARED: dict[str, tuple[str, ...] | None] = {
    "dateutil": None,
    "inspect": (),
    "pytest": None,
    "unittest": ("TestCase",),
    "zoneinfo": ("ZoneInfo",),
}

TYPE_CHECKING = False  # typing is too slow to import here
if TYPE_CHECKING:
    import time_machine
    from awslambdaric.lambda_runtime_client import InvocationRequest

_HERE = os.path.dirname(os.path.abspath(__file__))


def _search_path() -> None:
    """Order ``sys.path`` as Lambda does: task, layers, runtime, standard library."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    opt = os.environ.pop("_LAB_OPT", "/opt")
    inherited = [entry for entry in sys.path if os.path.abspath(entry) != _HERE]
    sys.path[:] = [
        os.environ["LAMBDA_TASK_ROOT"],
        f"{opt}/python/lib/{version}/site-packages",
        f"{opt}/python",
        *inherited,
    ]
    runtime = os.environ["LAMBDA_RUNTIME_DIR"]
    if runtime not in sys.path:
        sys.path.append(runtime)


def _runtime_client() -> None:
    """Offer the stand-in where awslambdaric's native client isn't to be had."""
    try:
        import runtime_client  # type: ignore[import-not-found]  # noqa: F401
    except ImportError:
        import importlib.util

        spec = importlib.util.spec_from_file_location(
            "runtime_client", os.path.join(_HERE, "runtime_client_stand_in.py")
        )
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules["runtime_client"] = module


def _import_time_machine(libraries: str) -> None:
    """Import it, in a twentieth of a second less where little else is imported."""
    spared = {name: _SPARED[name] for name in _SPARED if name not in sys.modules}
    for name, names in spared.items():
        stand_in = None
        if names is not None:
            stand_in = type(sys)(name)
            vars(stand_in).update({one: type(one, (), {}) for one in names})
        sys.modules[name] = stand_in  # type: ignore[assignment]
    sys.path.append(libraries)
    try:
        import time_machine  # noqa: F401
    finally:
        sys.path.pop()
        for name in spared:
            del sys.modules[name]


class _LabTime:
    """Moves this process's clock to lab time, at the start of each invocation."""

    def __init__(self, fd: int, libraries: str) -> None:
        self._fd = fd
        self._libraries = libraries
        self._offset = 0.0
        self._travel: time_machine.travel | None = None

    def follow(self) -> None:
        (offset,) = struct.unpack("<d", os.pread(self._fd, 8, 0))
        if offset == self._offset:
            return
        if self._travel is None:
            # Only a lab whose clock was moved pays for this import.
            _import_time_machine(self._libraries)
            import time

            import time_machine

            self._travel = time_machine.travel(time.time() + offset, tick=True)
            self._traveller = self._travel.start()
            # What starting took is missing.
            real = time_machine.escape_hatch.time.time()
            self._traveller.shift(real + offset - time.time())
        else:
            self._traveller.shift(offset - self._offset)
        self._offset = offset


def main() -> None:
    # Set by CPython itself where the locale of LANG isn't installed.
    os.environ.pop("LC_CTYPE", None)
    _search_path()
    lab_time = _LabTime(
        int(os.environ.pop("_LAB_CLOCK_FD")), os.environ.pop("_LAB_TIME_LIBRARIES")
    )
    lab_time.follow()
    _runtime_client()
    from awslambdaric import bootstrap
    from awslambdaric.lambda_runtime_client import LambdaRuntimeClient

    class RuntimeClient(LambdaRuntimeClient):  # type: ignore[misc]
        def wait_next_invocation(self) -> InvocationRequest:
            request = super().wait_next_invocation()
            lab_time.follow()
            return request

    bootstrap.run(
        os.environ["_HANDLER"], RuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"])
    )


if __name__ == "__main__":
    main()
