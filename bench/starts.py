"""The timings of what starts: bare interpreters, the lab, and the peers' servers."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench import first_answer, processes, rows, servers
from bench.contestants import Folders, ministack_command, moto_command
from bench.figures import Missing, Reading, median_of
from bench.machine import NODE
from bench.peers import InstallError

TRY_LIMIT = 120  # seconds


def bare_interpreter(language: str) -> float:
    """Seconds from starting an interpreter that does nothing to its end.

    Raises:
        OSError, subprocess.SubprocessError: it doesn't start, or fails.
    """
    if language == "python":
        python = Path(sys.base_prefix) / "bin" / "python3"
        command = [str(python), "-I", "-S", "-c", "pass"]
    else:
        command = [str(NODE), "-e", "0"]
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def first_answers(folders: Folders, count: int, *, peers: bool) -> dict[str, Reading]:
    """Seconds from a start to the first answer, in turns."""
    names = [rows.OURS, rows.MINISTACK, rows.MOTO] if peers else [rows.OURS]
    samples: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    failed: dict[str, Reading] = {}
    for _ in range(count):
        for name in [name for name in names if name not in failed]:
            try:
                samples[name].append(_one_try(name, folders))
            except (servers.StartError, InstallError) as error:
                failed[name] = Missing(str(error))
    readings: dict[str, Reading] = {}
    for name, taken in samples.items():
        if name not in failed:
            imports = median_of([one["imports"] for one in taken])
            note = ""
            if name == rows.OURS and not isinstance(imports, Missing):
                note = f"imports before it, {imports.value:.2f} s, not included"
            readings[name] = median_of(
                [one["first_answer"] for one in taken], note=note
            )
    return readings | failed


def _one_try(name: str, folders: Folders) -> dict[str, float]:
    environment = servers.plain_environment()
    environment["TMPDIR"] = str(folders.own_temporary(name))
    arguments: Sequence[str] = ["lab"]
    if name != rows.OURS:
        command = (
            ministack_command(folders)
            if name == rows.MINISTACK
            else moto_command(folders)
        )
        environment |= command.environment
        arguments = ["server", command.endpoint or "", *command.arguments]
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.first_answer", *arguments],
        cwd=Path(__file__).resolve().parent.parent,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        printed, said = process.communicate(timeout=TRY_LIMIT)
    except (subprocess.TimeoutExpired, KeyboardInterrupt) as stopped:
        started = processes.below(process.pid, processes.snapshot())
        process.kill()
        process.wait()
        processes.end(started)
        if isinstance(stopped, KeyboardInterrupt):
            raise
        raise servers.StartError(f"no answer in {TRY_LIMIT} s") from stopped
    log = folders.logs / f"first-answer-{name.replace(' ', '-')}.log"
    log.write_text(printed + said)
    taken = first_answer.parse(printed)
    if taken is None:
        last = (said.strip() or "it printed nothing").splitlines()[-1]
        raise servers.StartError(last[:200])
    return taken
