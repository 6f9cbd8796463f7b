"""`python -m bench`: the benchmark's table, as Markdown, on stdout."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench import machine, peers, rows, table
from bench.contestants import Folders
from bench.run import FULL, QUICK, ROWS, Run

COLUMNS = [
    rows.STUB,
    rows.INTERPRETER,
    rows.MINISTACK,
    rows.OFFLINE,
    rows.MOTO,
    rows.NBGRADER,
]


def wanted_rows(text: str) -> list[str]:
    """The names in `--only`."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in ROWS]
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"choose from {', '.join(ROWS)}")
    return names


def how_many(text: str) -> int:
    """The number in `--lessons`."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"one or more of them, not {text}")
    return int(text)


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the user asked for."""
    parser = argparse.ArgumentParser(
        prog="make bench ARGS=…",
        description="Measures the local cloud beside its peers and prints a table.",
    )
    parser.add_argument(
        "--only",
        type=wanted_rows,
        default=list(ROWS),
        metavar="ROWS",
        help=f"only these, by commas: {', '.join(ROWS)}",
    )
    parser.add_argument(
        "--no-peers", action="store_true", help="only ours, and the stub"
    )
    parser.add_argument(
        "--quick", action="store_true", help="few samples: figures to look at, not keep"
    )
    parser.add_argument(
        "--lessons",
        type=how_many,
        metavar="N",
        help="grade so many submissions of the real lesson (4; a class has 60)",
    )
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help="write the table there too"
    )
    return parser.parse_args(arguments)


def main() -> int:
    """Exit status 0 when the table was made: whether a goal is met stands in it."""
    chosen = options()
    # Asked to end, it ends what it started, as after a ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    root = Path(__file__).resolve().parent.parent / ".bench"
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        folders = Folders(root, Path(temporary))
        folders.clear()
        return measured_table(chosen, folders)


def measured_table(chosen: argparse.Namespace, folders: Folders) -> int:
    """Runs what was chosen and prints it."""
    heading = [machine.description()]
    if not chosen.no_peers:
        npm_versions = ", ".join(f"{k} {v}" for k, v in peers.NPM_VERSIONS.items())
        heading.append(f"Peers: ministack {peers.MINISTACK_VERSION}, {npm_versions}")
    if machine.busy():
        heading.append("The machine was busy with other work: don't keep these.")
    if chosen.quick:
        heading.append("A quick run: few samples.")
    extent = QUICK if chosen.quick else FULL
    if chosen.lessons:
        extent = replace(extent, lessons=chosen.lessons)
    run = Run(folders, extent, peers=not chosen.no_peers)
    try:
        run.start()
        measured = list(run.measure(chosen.only))
    except KeyboardInterrupt:
        print("stopped before the end", file=sys.stderr)
        return 130
    finally:
        run.stop()
    # Two blanks end a line in Markdown.
    text = table.markdown(measured, COLUMNS, [f"{line}  " for line in heading])
    if chosen.markdown:
        chosen.markdown.write_text(text)
    print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
