"""What submissions are sat at: made ready meanwhile, and never used twice."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from grader.grading.bundle import Limits
from grader.grading.seats import Seat, Setting
from grader.grading.workshop import Workshop
from grader.sandbox import probe

KILLED = """
import os, signal, sys
from pathlib import Path
from grader.grading.bundle import Limits
from grader.grading.seats import Setting
from grader.grading.workshop import Workshop
from grader.sandbox import probe
alike = Setting(probe(), Path(sys.argv[1]), Limits(), False, False)
seats = Workshop().seats
seats.expect_more()
for _ in range(2):
    with seats.seat(alike) as seat:
        seat.kernel.run("1")
seats._ready[1].result()
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def alike(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    """What every seat of a class is made for."""
    isolation = probe()
    if isolation.tier != "strong":
        pytest.skip("nothing is made ready without namespaces")
    material = tmp_path_factory.mktemp("material")
    for folder in (material, *material.parents[:2]):
        folder.chmod(0o755)
    return Setting(isolation, material, Limits(), examined=False, pretending=False)


@pytest.fixture(scope="module")
def shop() -> Iterator[Workshop]:
    made = Workshop()
    yield made
    made.close()


@pytest.fixture
def workshop(shop: Workshop) -> Iterator[Workshop]:
    """One without a seat that is ready, which is told that many will be needed."""
    shop.seats.expect_more()
    yield shop
    shop.seats.close()


def sat(workshop: Workshop, setting: Setting, cell: str = "1", **files: bytes) -> str:
    """What a cell of a submission shows."""
    with workshop.seats.seat(setting) as seat:
        seat.kernel.give(files)
        (output,) = seat.kernel.run(cell).outputs
        return str(output["data"]["text/plain"])


def ready(workshop: Workshop) -> Seat:
    """The seat that is made ready; waits for it."""
    assert workshop.seats._ready is not None
    return workshop.seats._ready[1].result()


def kernels(workshop: Workshop) -> list[psutil.Process]:
    """The processes of all kernels."""
    return psutil.Process(workshop.kernels().pid).children(recursive=True)


def test_a_third_one_alike_is_ready_before_it_is_asked_for(
    workshop: Workshop, alike: Setting
) -> None:
    """The first two say what is asked for."""
    sat(workshop, alike)
    assert workshop.seats._ready is None
    sat(workshop, alike)
    made = ready(workshop)
    with workshop.seats.seat(alike) as seat:
        assert seat is made


def test_who_grades_single_submissions_has_no_more_than_that(alike: Setting) -> None:
    """Nothing is made ready, and nothing is there when one has been cleared away."""
    alone = Workshop()
    for _ in range(2):
        sat(alone, alike)
        alone.seats.cleared()
        assert kernels(alone) == [] and alone.seats._ready is None
    alone.close()


def test_nothing_of_another_submission_is_there(
    workshop: Workshop, alike: Setting
) -> None:
    """Names, files, variables, modules and processes are one's own, seat by seat."""
    seen = (
        "import os, sys\nleft = (os.listdir(), 'mine' in dir(), 'MINE' in os.environ,"
        " 'mine' in sys.modules, [p for p in os.listdir('/proc') if p.isdigit()])\n"
        "mine = os.environ['MINE'] = open('mine', 'w').name\n"
        "sys.modules['mine'] = sys\nimport subprocess\n"
        "p = subprocess.Popen(['sleep', '60'])\nleft"
    )
    told = [sat(workshop, alike, seen, **{f"{n}.txt": b"x"}) for n in range(4)]
    assert told == [told[0].replace("0.txt", f"{n}.txt") for n in range(4)]
    assert told[0] == "(['0.txt'], False, False, False, ['2'])"


def test_another_kind_of_seat_is_made_when_it_is_needed(
    workshop: Workshop, alike: Setting
) -> None:
    """The one that was ready is given up."""
    other = dataclasses.replace(alike, limits=Limits(cell=7))
    for _ in range(2):
        sat(workshop, alike)
    unused = ready(workshop)
    assert sat(workshop, other, "6 * 7") == "42"
    assert workshop.seats._ready is None and not unused.is_fit


def test_nobody_sits_at_what_has_broken(workshop: Workshop, alike: Setting) -> None:
    """A kernel that died while it waited costs no cell."""
    for _ in range(2):
        sat(workshop, alike)
    broken = ready(workshop)
    broken.kernel.kill()
    broken.kernel._process._child.wait(20)  # type: ignore[union-attr]
    with workshop.seats.seat(alike) as seat:
        assert seat is not broken
        assert seat.kernel.run("6 * 7").end == "" and seat.kernel.deaths == 0


def test_without_namespaces_each_is_made_when_it_is_needed(
    workshop: Workshop, alike: Setting
) -> None:
    """One user's processes are counted together there, so nobody else's may run."""
    isolation = dataclasses.replace(alike.isolation, tier="medium")
    weaker = dataclasses.replace(alike, isolation=isolation)
    for _ in range(3):
        sat(workshop, weaker)
        assert workshop.seats._ready is None and kernels(workshop) == []


def test_nothing_is_left_when_all_are_closed(
    workshop: Workshop, alike: Setting
) -> None:
    """Also of the one that was ready, and of what a learner's code had started."""
    for _ in range(3):
        sat(workshop, alike, "import subprocess; subprocess.Popen(['sleep', '60']); 1")
    assert ready(workshop).is_fit and kernels(workshop) != []
    workshop.seats.close()
    assert kernels(workshop) == []


def test_a_worker_that_is_killed_leaves_nothing(alike: Setting) -> None:
    """Neither the seat that was sat at nor the one that was ready."""
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(alike.material)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        started = psutil.Process(process.pid).children(recursive=True)
        assert len(started) > 3
        process.kill()
    _, alive = psutil.wait_procs(started, 20)
    assert alive == []
