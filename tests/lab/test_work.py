import contextlib
import decimal
import io
import logging
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from grader.lab import Cloud
from grader.lab.confinement import OUTPUT_LIMIT, Output
from grader.lab.work import RESULT_LIMIT, Caller, piece

HOME = Cloud("http://127.0.0.1:1", "us-east-1")


def called(function: Callable[..., Any], *args: Any, **more: Any) -> dict[str, Any]:
    call = {"args": list(args), "kwargs": {}, "seconds": 30, **more}
    return Caller(HOME).run(function, call).answer


def test_a_result_is_sent() -> None:
    """What the function returns goes to the examiner as JSON."""
    assert called(lambda n: {"twice": (n, n)}, 2) == {"result": {"twice": [2, 2]}}


def test_keyword_arguments_arrive() -> None:
    """A check may pass arguments by name."""
    assert called(lambda *, a: a, kwargs={"a": 1}) == {"result": 1}


def test_a_cloud_arrives_as_a_handle() -> None:
    """`$cloud` becomes a handle with the account's keys, on the kernel's endpoint."""
    sent = {
        "endpoint_url": "http://elsewhere",
        "region": "eu-west-1",
        "account": "111122223333",
        "access_key_id": "AKIA",
        "secret_access_key": "s",
    }

    def seen(cloud: Cloud) -> list[Any]:
        keys = cloud.session().get_credentials()
        return [cloud.endpoint_url, cloud.region, cloud.account, keys.access_key]

    assert called(seen, {"$cloud": sent}) == {
        "result": ["http://127.0.0.1:1", "eu-west-1", "111122223333", "AKIA"]
    }


@pytest.mark.parametrize(
    "result",
    [decimal.Decimal(1), object(), float("nan"), {1, 2}, b"bytes", "x" * RESULT_LIMIT],
)
def test_what_isnt_json_is_told(result: object) -> None:
    """A value that can't be sent is described, not sent as something else."""
    assert list(called(lambda: result)) == ["unsendable"]


def test_a_list_within_itself_is_told() -> None:
    """A circular value is no JSON either."""
    knot: list[Any] = []
    knot.append(knot)
    assert list(called(lambda: knot)) == ["unsendable"]


@pytest.mark.parametrize("fault", [ValueError("no"), SystemExit(3), GeneratorExit()])
def test_an_exception_is_told(fault: BaseException) -> None:
    """Whatever the function raises, the kernel lives on and the examiner knows."""

    def fails() -> None:
        raise fault

    raised = called(fails)["raised"]
    assert raised["type"] == type(fault).__name__
    assert "in fails" in raised["traceback"]


def test_an_exception_that_cant_be_read_is_told() -> None:
    """An exception whose own text raises is an exception all the same."""

    class Unreadable(Exception):
        def __str__(self) -> str:
            raise ValueError

    def fails() -> None:
        raise Unreadable

    raised = called(fails)["raised"]
    assert raised["type"] == "Unreadable"
    assert raised["message"] == "(its message can't be read: ValueError)"


def test_a_long_message_is_cut() -> None:
    """An exception that says ten million letters doesn't fill the page."""

    def fails() -> None:
        raise ValueError("x" * 10_000_000)

    raised = called(fails)["raised"]
    assert len(raised["message"]) < 3000
    assert len(raised["traceback"]) < 3000


def test_a_coroutine_is_told() -> None:
    """`async def` is named, and leaves no warning that it was never awaited."""

    async def waits() -> int:
        return 1

    assert "write `def`" in called(waits)["unsendable"]


def test_a_traceback_is_the_learners() -> None:
    """Frames of this package aren't in the traceback."""

    def fails() -> None:
        raise ValueError

    assert "lab/work.py" not in called(fails)["raised"]["traceback"]


def test_a_deep_traceback_is_cut() -> None:
    """Endless recursion doesn't fill the page."""

    def deeper(n: int) -> int:
        return deeper(n + 1) + 1 if n else deeper(n - 1)

    assert len(called(deeper, 1)["raised"]["traceback"].splitlines()) < 40


def test_what_never_ends_is_ended() -> None:
    """A function that loops is interrupted when its time is over."""

    def loops() -> None:
        while True:
            pass

    assert called(loops, seconds=0.05) == {"timed_out": True}


def test_a_bare_except_cant_stop_the_clock() -> None:
    """A function that swallows every Exception is interrupted all the same."""

    def swallows() -> None:
        while True:
            with contextlib.suppress(Exception):
                threading.Event().wait()

    assert called(swallows, seconds=0.05) == {"timed_out": True}


def test_a_bare_except_is_interrupted_again() -> None:
    """A loop that catches everything ends too, however deep it is."""

    def waits() -> None:
        while True:
            try:  # noqa: SIM105
                threading.Event().wait()
            except:  # noqa: E722
                pass

    def tries() -> None:
        for _ in range(3):
            with contextlib.suppress(BaseException):
                waits()

    assert called(tries, seconds=0.05) == {"timed_out": True}
    assert sys.gettrace() is None


def test_who_swallows_the_end_is_late_all_the_same() -> None:
    """A function that goes on after its time is over didn't return in time."""

    def gives_up() -> str:
        with contextlib.suppress(BaseException):
            threading.Event().wait()
        return "done"

    assert called(gives_up, seconds=0.05) == {"timed_out": True}


def test_an_interrupt_ends_the_check() -> None:
    """Ctrl-C is told to the examiner and then raised in the cell."""

    def interrupted() -> None:
        raise KeyboardInterrupt

    call = {"args": [], "kwargs": {}, "seconds": 30}
    outcome = Caller(HOME).run(interrupted, call)
    assert outcome.answer["raised"]["type"] == "KeyboardInterrupt"
    assert isinstance(outcome.interrupted, KeyboardInterrupt)


def test_nothing_reaches_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """Prints and logging are kept apart; nbgrader fails a cell for stderr."""
    handler = logging.StreamHandler(sys.stderr)
    logger = logging.getLogger("learner")
    logger.addHandler(handler)

    def noisy() -> None:
        print("printed")
        print("complained", file=sys.stderr)
        logger.warning("logged")

    caller = Caller(HOME)
    call = {"args": [], "kwargs": {}, "seconds": 30}
    try:
        caller.run(noisy, call)
    finally:
        logger.removeHandler(handler)
    assert (capsys.readouterr(), handler.stream) == (("", ""), sys.stderr)
    for word in ("printed", "complained", "logged"):
        assert word in caller.output.text


def test_a_logger_set_up_meanwhile_goes_on() -> None:
    """Logging that the function configures writes to stderr after the check."""
    logger = logging.getLogger("late")

    def configures() -> None:
        logger.addHandler(logging.StreamHandler())

    try:
        called(configures)
        (handler,) = logger.handlers
        assert isinstance(handler, logging.StreamHandler)
        assert handler.stream is sys.stderr
    finally:
        logger.handlers.clear()


def test_output_is_capped() -> None:
    """Of a flood the beginning is kept, and how much more there was."""
    output = Output()
    output.write("a" * (OUTPUT_LIMIT - 1))
    output.write("bcd")
    assert output.text.endswith("ab\n… and 2 more characters")


def test_output_is_a_stream() -> None:
    """Code that asks whether it may write gets the right answer."""
    assert Output().writable()
    assert isinstance(Output(), io.TextIOBase)


@pytest.mark.parametrize(
    ("work", "told"),
    [
        (print, {"callable": True, "name": "print"}),
        ({"a": 1}, {"value": {"a": 1}}),
        (None, {"value": None}),
    ],
)
def test_a_piece_of_work_is_told(work: object, told: dict[str, Any]) -> None:
    """Functions go by name, data by value."""
    assert piece(work) == told


def test_other_objects_are_told_by_type() -> None:
    """What is neither a function nor data is named by its type."""
    assert "type object" in piece(object())["unsendable"]


def test_calls_at_once_begin_together() -> None:
    """Each waits for all the others, which one after the other never would."""
    met = threading.Barrier(5)

    def meets(number: int) -> int:
        met.wait(timeout=30)
        return number * number

    answers = called(meets, at_once=[[n] for n in range(5)])

    assert answers == {"answers": [{"result": n * n} for n in range(5)]}


def test_calls_at_once_fail_each_for_itself() -> None:
    """One that raises is told in its place, beside those that didn't."""

    def half(number: int) -> int:
        if number % 2:
            raise ValueError(number)
        return number // 2

    first, second = called(half, at_once=[[4], [5]])["answers"]

    assert first == {"result": 2}
    assert second["raised"]["type"] == "ValueError"


def test_calls_at_once_end_in_time() -> None:
    """One that never returns is not waited for."""
    never = threading.Event()

    assert called(never.wait, at_once=[[], []], seconds=0.05) == {"timed_out": True}
    never.set()


def test_a_handle_lasts_for_a_check() -> None:
    """The calls of one check get the same handle, and need not make it anew."""
    sent = {
        "$cloud": {
            "region": "eu-west-1",
            "account": "111122223333",
            "access_key_id": "AKIA",
            "secret_access_key": "s",
        }
    }
    seen: list[Cloud] = []
    caller = Caller(HOME)
    for _ in range(2):
        caller.run(seen.append, {"args": [sent], "kwargs": {}, "seconds": 30})

    assert seen[0] is seen[1]
