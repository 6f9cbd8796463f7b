"""repair-the-zip, with right answers, wrong ones, and none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

import pytest

from tests.checks.conftest import Judged, starter

Judge = Callable[..., Judged]
CHECK = "repair-the-zip"
Files = dict[str, str]
Packed = tuple[Files, str]
"""What goes into the zip, and the handler text."""


def moved_up(found: Files, shelf: Files) -> Packed:
    """Everything is moved up to where quotes.py is at the top."""
    folder = next(PurePosixPath(one).parent for one in found if "quotes.py" in one)
    files = {
        str(PurePosixPath(name).relative_to(folder)): text
        for name, text in found.items()
    }
    return {**files, **shelf}, "quotes.quote"


def led_to(found: Files, shelf: Files) -> Packed:
    """Everything stays where it was, and a file at the top leads there."""
    place = next(one for one in found if one.endswith("quotes.py"))
    lead = f"""
import os, sys
task = os.environ["LAMBDA_TASK_ROOT"]
sys.path.append(os.path.dirname(os.path.join(task, {place!r})))
from quotes import quote
"""
    return {**found, **shelf, "main.py": lead}, "main.quote"


def as_it_came(found: Files, shelf: Files) -> Packed:
    """The handler text is right, the folder is still around everything."""
    return {**found, **shelf}, "quotes.quote"


def without_library(found: Files, shelf: Files) -> Packed:
    """It imported on the author's machine."""
    return {**moved_up(found, {})[0]}, "quotes.quote"


def by_the_note(found: Files, shelf: Files) -> Packed:
    """The handler text of the note, which was never right."""
    return moved_up(found, shelf)[0], "app.handler"


def by_habit(found: Files, shelf: Files) -> Packed:
    """The handler's name from another tutorial."""
    return moved_up(found, shelf)[0], "quotes.lambda_handler"


def flattened(found: Files, shelf: Files) -> Packed:
    """No folder is left."""
    files = {**found, **shelf}
    return {name.split("/")[-1]: text for name, text in files.items()}, "quotes.quote"


def by_its_name(found: Files, shelf: Files) -> Packed:
    """The folder has the name that it has in the lesson."""
    files = {name.removeprefix("postcards-main/"): text for name, text in found.items()}
    return {**files, **shelf}, "quotes.quote"


def copied(found: Files, shelf: Files) -> Packed:
    """The library's few lines, as they are in the lesson."""
    rates = "def postage(country):\n    return {'IE': 165, 'FR': 260}.get(country, 310)"
    return {**moved_up(found, {})[0], "rates.py": rates}, "quotes.quote"


def deploys(
    lesson: dict[str, Any], packed: Callable[[Files, Files], Packed]
) -> Callable[..., str]:
    """A deploy function that packs in one of these ways."""

    def deploy_postcards(cloud: Any, found: Files, shelf: Files) -> str:
        files, handler = packed(found, shelf)
        lesson["make_function"](
            cloud,
            "cards",
            Runtime="python3.13",
            Handler=handler,
            Role=lesson["make_role"](cloud),
            Code={"ZipFile": lesson["package"](files)},
        )
        return "cards"

    return deploy_postcards


@pytest.mark.parametrize("packed", [moved_up, led_to])
def test_right_answers_pass(
    judge: Judge, lesson: dict[str, Any], packed: Callable[[Files, Files], Packed]
) -> None:
    """Files may be moved to where Lambda looks, or Lambda may be led to them."""
    said = judge(CHECK, deploys(lesson, packed))

    assert said.outcome == "passed", said.text


def test_starter_is_not_attempted(judge: Judge) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(CHECK, starter)

    assert (said.outcome, said.unattempted) == ("failed", True)


@pytest.mark.parametrize(
    ("packed", "misconception", "words", "hidden"),
    [
        (as_it_came, "zipped-the-folder", "postcards-main/quotes.py", False),
        (without_library, "imports-on-my-machine", "No module named 'rates'", False),
        (by_the_note, "handler-string", "No module named 'app'", False),
        (by_habit, "handler-string", "lambda_handler", False),
        (flattened, "flattened-everything", "the zip holds __init__.py", True),
        (by_its_name, "zipped-the-folder", "/postcards/quotes.py", True),
        (copied, "copy-of-a-library", "the rates on the shelf", True),
    ],
)
def test_wrong_answers_are_named(
    judge: Judge,
    lesson: dict[str, Any],
    packed: Callable[[Files, Files], Packed],
    misconception: str,
    words: str,
    hidden: bool,
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(CHECK, deploys(lesson, packed))

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text
    assert said.hidden is hidden
