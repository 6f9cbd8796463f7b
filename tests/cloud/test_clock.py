"""Lab time moves only forward, and each due thing happens at its time."""

from __future__ import annotations

import functools
import logging
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.cloud.clock import Clock, Due, real_time
from grader.cloud.in_flight import InFlight

DAY = 86400.0


@pytest.fixture
def offset_file(tmp_path: Path) -> Path:
    return tmp_path / "offset"


@pytest.fixture
def clock(offset_file: Path) -> Iterator[Clock]:
    clock = Clock(InFlight(), offset_file)
    yield clock
    clock.close()


def test_lab_time_is_real_time_until_it_is_moved(clock: Clock) -> None:
    assert clock.offset == 0
    assert abs(clock.now() - real_time()) < 1


def test_advancing_shifts_the_process_and_tells_the_environments(
    clock: Clock, offset_file: Path
) -> None:
    for _ in range(2):
        clock.advance(DAY)
    assert abs(time.time() - real_time() - 2 * DAY) < 1
    (told,) = struct.unpack("<d", offset_file.read_bytes())
    assert told == clock.offset == pytest.approx(2 * DAY, abs=1)


def test_the_first_jump_imports_no_pytest(tmp_path: Path) -> None:
    """It takes longer than all else of it, and somebody waits for the clock."""
    program = (
        "import pathlib, sys\n"
        "from grader.cloud.clock import Clock\n"
        "from grader.cloud.in_flight import InFlight\n"
        "clock = Clock(InFlight(), pathlib.Path(sys.argv[1]))\n"
        "clock.advance(60)\n"
        "clock.close()\n"
        "assert 'time_machine' in sys.modules\n"
        "assert 'pytest' not in sys.modules\n"
        "import pytest\n"
    )
    subprocess.run([sys.executable, "-c", program, tmp_path / "offset"], check=True)


def test_due_things_happen_in_order_each_at_its_time(clock: Clock) -> None:
    start = clock.now()
    seen: list[tuple[str, float]] = []

    def note(name: str) -> None:
        seen.append((name, round(clock.now() - start)))

    clock.call_at(start + 120, lambda: note("second"))
    clock.call_at(
        start + 60,
        lambda: (note("first"), clock.call_at(start + 180, lambda: note("third"))),
    )
    clock.call_at(start + 10 * DAY, lambda: note("too late"))
    clock.advance(DAY)
    assert seen == [("first", 60), ("second", 120), ("third", 180)]


def test_what_is_due_within_a_moment_happens_together(clock: Clock) -> None:
    """None waits for the end of what the other led to; what is cancelled doesn't count.

    Else two messages that become visible at nearly the same time would never meet.
    """
    start = clock.now()
    seen: list[tuple[str, float]] = []

    def plan(name: str, when: float) -> Due:
        return clock.call_at(
            start + when, lambda: seen.append((name, clock.now() - start))
        )

    plan("later", 60.5)
    plan("second", 60.01)
    plan("cancelled", 60.019).cancel()
    plan("first", 60)
    clock.advance(DAY)
    (first, at), (second, _), (later, much_later) = seen
    assert (first, second, later) == ("first", "second", "later")
    assert 60.01 <= at < 60.5 <= much_later


def test_what_is_cancelled_does_not_happen(clock: Clock) -> None:
    seen: list[str] = []
    clock.call_at(clock.now() + 60, lambda: seen.append("cancelled")).cancel()
    clock.advance(DAY)
    assert seen == []


def test_what_is_due_now_happens_by_itself_before_settle_returns(clock: Clock) -> None:
    seen: list[str] = []
    clock.call_at(clock.now(), lambda: seen.append("now"))
    assert clock.settle()
    assert seen == ["now"]


def test_what_a_jump_leaves_for_later_happens_by_itself(clock: Clock) -> None:
    """The clock's thread sleeps for as long as it was before the clock was moved."""
    asleep, happened = threading.Event(), threading.Event()
    clock.call_at(clock.now() + DAY, happened.set)
    clock.call_at(clock.now() + 0.05, asleep.set)
    assert asleep.wait(10)
    clock.advance(DAY - 0.2)
    assert happened.wait(10)


def test_what_is_planned_before_all_else_happens_by_itself(clock: Clock) -> None:
    """Also after a jump, where the clock's thread sleeps for something later."""
    for days in (0, 1):
        asleep, first = threading.Event(), threading.Event()
        clock.advance(days * DAY)
        clock.call_at(clock.now() + 7 * DAY, first.clear)
        clock.call_at(clock.now() + 0.05, asleep.set)
        assert asleep.wait(10)
        clock.call_at(clock.now() + 0.05, first.set)
        assert first.wait(10)


def test_the_clock_sleeps_on_where_what_is_planned_comes_later(clock: Clock) -> None:
    """Each hour's next hour is planned when the hour before is over."""
    looked = clock._run_due
    by: list[threading.Thread] = []

    def noting() -> None:
        by.append(threading.current_thread())
        looked()

    def again() -> None:
        clock.call_at(clock.now() + 3600, again)

    again()
    clock._run_due = noting  # type: ignore[method-assign]
    clock.advance(30 * DAY)
    assert by.count(threading.current_thread()) in (30 * 24 - 1, 30 * 24)
    assert by.count(clock._thread) <= 3


def test_the_clock_is_woken_for_what_comes_soon_alone(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it sleeps because nothing else was planned."""
    woken: list[float] = []
    happened = threading.Event()
    clock.call_at(clock.now(), happened.set)
    assert happened.wait(10)
    while clock._wakes < clock.now():
        pass  # it isn't asleep again
    for seconds in (3600, 1):
        with monkeypatch.context() as patched:
            tell = functools.partial(woken.append, seconds)
            patched.setattr(clock._changed, "notify_all", tell)
            clock.call_at(clock.now() + seconds, happened.clear)
    assert woken == [1]


def test_settle_says_when_something_is_still_in_flight(offset_file: Path) -> None:
    in_flight = InFlight()
    clock = Clock(in_flight, offset_file)
    try:
        with in_flight:
            assert not clock.settle(timeout=0.01)
        assert clock.settle(timeout=0.01)
    finally:
        clock.close()


def test_the_clock_does_not_go_back(clock: Clock) -> None:
    with pytest.raises(ValueError, match="only moves forward"):
        clock.advance(-1)


def test_one_failing_thing_does_not_stop_the_clock(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []
    start = clock.now()
    clock.call_at(start + 1, lambda: [][0])
    clock.call_at(start + 2, lambda: seen.append("next"))
    with caplog.at_level(logging.ERROR):
        clock.advance(10)
    assert seen == ["next"]
    assert "IndexError" in caplog.text


def test_the_lab_time_of_a_real_moment_is_what_it_was_then(clock: Clock) -> None:
    before = real_time()
    clock.advance(DAY)
    after = real_time()
    assert clock.lab_time_of(before) == pytest.approx(before, abs=1)
    assert clock.lab_time_of(after) == pytest.approx(after + DAY, abs=1)


def test_a_closed_clock_gives_the_time_back(offset_file: Path) -> None:
    clock = Clock(InFlight(), offset_file)
    clock.advance(DAY)
    clock.close()
    assert time.time() == pytest.approx(real_time(), abs=1)


class _Slow(InFlight):
    """Whoever has waited for it goes on only once something else has begun."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()
        self.asked_again = threading.Event()

    def begin(self) -> None:
        super().begin()
        self.begun.set()

    def wait(self, timeout: float | None = None) -> bool:
        if self.begun.is_set():
            self.asked_again.set()
        idle = super().wait(timeout)
        self.begun.wait()
        return idle


def test_what_falls_due_by_itself_meanwhile_is_waited_for(offset_file: Path) -> None:
    """A busy machine may leave the clock's own thread time for that at any point."""
    in_flight = _Slow()
    clock = Clock(in_flight, offset_file)
    seen: list[float] = []

    def act() -> None:
        in_flight.asked_again.wait()
        seen.append(clock.offset)

    clock.before_jump.append(lambda when: in_flight.asked_again.set())
    try:
        clock.call_at(clock.now(), act)
        clock.advance(DAY)
    finally:
        clock.close()
    assert seen == [0.0]
