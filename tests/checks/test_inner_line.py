"""The examiner's own line says what the control API says over the lab's port."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.checks.inner_line import InnerLine
from grader.cloud.cloud import Cloud
from grader.cloud.control import Control
from grader.errors import GraderError, WrongUse
from grader.lab.connection import Connection


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    made = Cloud()
    made.router.mounted["/_lab/"] = Control(made).respond
    made.start()
    yield made
    made.close()


@pytest.fixture
def lines(cloud: Cloud) -> tuple[Connection, Connection]:
    """One over the port, one inside."""
    inner = InnerLine(cloud.endpoint_url, Control(cloud).answer)
    return Connection(cloud.endpoint_url), inner


@pytest.mark.parametrize(
    ("path", "order"),
    [
        ("notices", {}),
        ("inventory", {"account": "123456789012"}),
        ("journal", {"account": "123456789012", "region": "us-east-1"}),
    ],
)
def test_both_lines_bring_the_same_answer(
    lines: tuple[Connection, Connection], path: str, order: dict[str, str]
) -> None:
    """What is asked for, in JSON's own types."""
    outer, inner = (line.post(f"/_lab/{path}", order) for line in lines)
    assert inner == outer


def test_both_lines_tell_the_same_time(lines: tuple[Connection, Connection]) -> None:
    """A moment passes between the two questions; an hour of the clock doesn't."""
    outer, inner = (line.post("/_lab/clock")["now"] for line in lines)
    assert outer <= inner < outer + 600


@pytest.mark.parametrize(
    ("path", "order"),
    [
        ("clock", {"advance": -1}),
        ("nothing-of-the-kind", {}),
        ("faults", {"account": "123456789012", "slow": 1}),
    ],
)
def test_both_lines_refuse_alike(
    lines: tuple[Connection, Connection], path: str, order: dict[str, object]
) -> None:
    """The same error, in the same words."""
    told = []
    for line in lines:
        with pytest.raises(GraderError) as refused:
            line.post(f"/_lab/{path}", order)
        told.append((type(refused.value), str(refused.value)))
    assert told[0] == told[1]
    assert told[0][0] is WrongUse
