"""JupyterLab's formgrader and its Validate button, used in a real browser.

Debian's Chromium, driven by Playwright, and one JupyterLab as `grader lab` starts it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright import sync_api

from grader import cli
from grader.grading import marks, pipeline
from grader.grading.course import Course
from tests.conftest import cell

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
TOY = Path(__file__).with_name("toy")
ROOT = Path(__file__).parent.parent.parent
ANSWERED = re.compile(r"http://127\.0\.0\.1:\d+/lab\?token=\w+")
WICKED = (
    "Nothing.<script>document.title='stolen'</script>"
    "<img src=x onerror=\"document.title='stolen'\">"
)
SHOW = f"from IPython.display import HTML, display\n\ndisplay(HTML({WICKED!r}))"
EXERCISE = "who-manages"
"""Of phase 1: with the cells that it needs, it is a notebook of four."""


def submit(course: Course, student: str, source: str = "", said: str = "") -> None:
    """Hand the toy in, with a sentence instead of the answer stub and a cell more."""
    released = (course.notebooks / "toy" / "toy.ipynb").read_text()
    document = json.loads(released)
    for one in document["cells"]:
        if one["metadata"].get("nbgrader", {}).get("grade_id") == "explain" and said:
            one["source"] = said
    document["cells"].append(cell("code", 99, source))
    target = course.submitted / student / "toy" / "toy.ipynb"
    target.parent.mkdir(parents=True)
    target.write_text(json.dumps(document))


def exercise(answered_in: Path) -> str:
    """One exercise of phase 1 as it is released, with the answer of a folder."""
    (released,) = (ROOT / "notebooks" / "phase1").glob("*.ipynb")
    answers = json.loads((answered_in / "phase1" / released.name).read_text())
    document = json.loads(released.read_text())
    answer = f"{EXERCISE}-answer"
    (written,) = [each for each in answers["cells"] if _name(each) == answer]
    cells = [
        written if _name(each) == answer else each
        for each in document["cells"]
        if _name(each) in (EXERCISE, answer)
        or "import check" in "".join(each["source"])
        or "lab.start()" in "".join(each["source"])
    ]
    return json.dumps({**document, "cells": cells})


def _name(of: dict[str, Any]) -> str:
    return str(of["metadata"].get("nbgrader", {}).get("grade_id", ""))


def labs(home: Path) -> list[psutil.Process]:
    """The processes of labs that began in somebody's JupyterLab."""
    return [
        each
        for each in psutil.process_iter(["cmdline", "environ"])
        if "grader.process" in (each.info["cmdline"] or [])
        and (each.info["environ"] or {}).get("HOME") == str(home)
    ]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The toy course, released, handed in by one student, graded."""
    made = Course(tmp_path_factory.mktemp("lab") / "course")
    shutil.copytree(TOY / "solutions", made.solutions)
    shutil.copy(ROOT / "nbgrader_config.py", made.root)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made.root)
        assert cli.main(["release"]) == cli.GOOD
        submit(made, "ada", SHOW, WICKED)
        assert cli.main(["grade", "--jobs", "1"]) == cli.GOOD
    for name, answers in (("right", "solutions"), ("wrong", "notebooks")):
        path = made.notebooks / "toy" / f"{name}.ipynb"
        path.write_text(exercise(ROOT / answers))
    return made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of whoever uses JupyterLab."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def lab(course: Course, home: Path) -> Iterator[str]:
    """The address of a JupyterLab on the whole course, with its token."""
    environment = {
        **{name: value for name, value in os.environ.items() if "JUPYTER" not in name},
        "HOME": str(home),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "-m", "grader.cli", "lab", "--instructor"]
    with subprocess.Popen(
        [*command, "--no-browser", "--ServerApp.port=0"],
        cwd=course.notebooks,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stderr is not None
        said: list[str] = []
        address = None
        for line in server.stderr:
            said.append(line)
            if address := ANSWERED.search(line):
                break
        # What it says later has to go somewhere.
        rest = threading.Thread(target=said.extend, args=(server.stderr,), daemon=True)
        rest.start()
        try:
            assert address is not None, "".join(said)
            yield address[0]
        finally:
            _end(server)
            rest.join()


def _end(server: subprocess.Popen[str]) -> None:
    """Let it end its kernels, which it does whatever Validate left."""
    server.terminate()
    try:
        assert server.wait(timeout=120) == 0
    finally:
        server.kill()
        server.wait()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a window."""
    if CHROMIUM is None:
        pytest.fail("there is no chromium: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--headless", "--no-sandbox", "--disable-gpu"],
        )
        yield started
        started.close()


@pytest.fixture
def open_lab(browser: Any, lab: str) -> Iterator[Callable[[str], Any]]:
    """Opens a path of JupyterLab in a tab of its own."""
    context = browser.new_context()

    def opened(path: str = "") -> Any:
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.goto(lab.replace("/lab?", f"/lab{path}?reset&"))
        return page

    yield opened
    context.close()


def formgrader(page: Any) -> Any:
    """The formgrader, opened in JupyterLab's menu."""
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.get_by_role("menuitem", name="Formgrader", exact=True).click()
    return page.frame_locator("iframe")


def is_saved(answer: Any) -> bool:
    """Whether it is formgrader's answer to something that was given."""
    return "/formgrader/api/" in answer.url and answer.request.method == "PUT"


def validated(page: Any) -> str:
    """What the Validate button says."""
    page.get_by_role("button", name="Validate").first.click()
    said: str = page.get_by_role("dialog").inner_text()
    return said


def test_formgrader_shows_what_was_graded(open_lab: Callable[..., Any]) -> None:
    """The assignment with its submission, and that somebody has to look at it."""
    inside = formgrader(open_lab())
    row = inside.get_by_role("row").filter(has=inside.get_by_role("link", name="toy"))
    sync_api.expect(row.get_by_role("link", name="1", exact=True)).to_be_visible()
    inside.get_by_role("link", name="Manual Grading").click()
    inside.get_by_role("link", name="toy").last.click()
    inside.get_by_role("heading", name="Manual Grading").wait_for()
    waits = inside.get_by_role("row").filter(has_text="toy").locator(".glyphicon-ok")
    waits.wait_for()


def test_a_mark_and_a_comment_outlive_grading_again(
    open_lab: Callable[..., Any], course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given in formgrader, kept by `grader grade --force`, told in the feedback.

    What a learner wrote does nothing in the instructor's browser meanwhile.
    """
    page = open_lab()
    inside = formgrader(page)
    inside.get_by_role("link", name="Manual Grading").click()
    for name in ("toy", "toy", "Submission #1"):
        inside.get_by_role("link", name=name).last.click()
    inside.get_by_text("Nothing.").first.wait_for()
    frame = next(one for one in page.frames if "/submissions/" in one.url)
    # Fields that are filled in before the marks have come are emptied again.
    frame.wait_for_function("formgrader.grades?.loaded && formgrader.comments?.loaded")
    assert frame.evaluate("document.title") != "stolen"
    assert frame.locator("[onerror]").count() == 0
    for field, given in (("#explain", "3"), ("#explain-comment", "Well said.")):
        # Its sign that it saved is gone again before a busy machine sees it.
        with page.expect_response(is_saved) as saved:
            inside.locator(field).fill(given)
            inside.locator(field).blur()
        assert saved.value.ok

    monkeypatch.chdir(course.root)
    assert cli.main(["grade", "--force", "--jobs", "1"]) == cli.GOOD
    read = marks.read(pipeline.default_gradebook(course.root), ["toy"])
    (score,) = [each for each in read.scores if each.exercise == "explain"]
    assert (score.points, score.by_hand) == (3, True)
    feedback = course.work / "feedback" / "ada" / "toy" / "toy.html"
    assert "Well said." in feedback.read_text()
    assert "3 of 4 points" in feedback.read_text()


def test_validate_says_that_all_is_well(
    open_lab: Callable[..., Any], home: Path
) -> None:
    """A learner whose checks pass is told so, and the lab that judged them ends."""
    page = open_lab("/tree/notebooks/toy/right.ipynb")
    assert "Success! Your notebook passes all the tests." in validated(page)
    assert psutil.wait_procs(labs(home), timeout=60)[1] == []


def test_validate_names_what_fails(open_lab: Callable[..., Any]) -> None:
    """The check, and in its own words why it isn't passed."""
    said = validated(open_lab("/tree/notebooks/toy/wrong.ipynb"))
    assert f'check("{EXERCISE}", who_manages)' in said
    assert "Your who_manages isn't written yet" in said
    assert f"hint('{EXERCISE}') helps" in said
