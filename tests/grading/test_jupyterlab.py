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

import pytest
from playwright import sync_api

from grader import cli
from grader.grading import marks, pipeline
from grader.grading.course import Course
from tests.conftest import cell, notebook

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
TOY = Path(__file__).with_name("toy")
ROOT = Path(__file__).parent.parent.parent
ANSWERED = re.compile(r"http://127\.0\.0\.1:\d+/lab\?token=\w+")
WICKED = (
    "Nothing.<script>document.title='stolen'</script>"
    "<img src=x onerror=\"document.title='stolen'\">"
)
SHOW = f"from IPython.display import HTML, display\n\ndisplay(HTML({WICKED!r}))"
RIGHT = "def answer():\n    return 42"
WRONG = "def answer():\n    return 41"


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


def checked(answer: str) -> str:
    """A released notebook with one test, and a learner's answer to it."""
    test = cell(
        "code",
        2,
        "assert answer() == 42, 'ask again'",
        grade_id="ask",
        grade=True,
        locked=True,
        points=1,
    )
    given = cell("code", 1, answer, grade_id="answer", solution=True)
    return json.dumps(notebook(given, test))


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
    for name, answer in (("right", RIGHT), ("wrong", WRONG)):
        (made.notebooks / "toy" / f"{name}.ipynb").write_text(checked(answer))
    return made


@pytest.fixture(scope="module")
def lab(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab on the whole course, with its token."""
    home = tmp_path_factory.mktemp("home")
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
    """Let it end its kernels; a thread that Validate left may keep it from ending."""
    server.terminate()
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
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
    assert frame.evaluate("document.title") != "stolen"
    assert frame.locator("[onerror]").count() == 0
    for field, given, saved in (
        ("#explain", "3", ".score-saved"),
        ("#explain-comment", "Well said.", ".comment-saved"),
    ):
        inside.locator(field).fill(given)
        inside.locator(field).blur()
        inside.locator(f"{saved}:visible").first.wait_for()

    monkeypatch.chdir(course.root)
    assert cli.main(["grade", "--force", "--jobs", "1"]) == cli.GOOD
    read = marks.read(pipeline.default_gradebook(course.root), ["toy"])
    (score,) = [each for each in read.scores if each.exercise == "explain"]
    assert (score.points, score.by_hand) == (3, True)
    feedback = course.work / "feedback" / "ada" / "toy" / "toy.html"
    assert "Well said." in feedback.read_text()
    assert "3 of 4 points" in feedback.read_text()


def test_validate_says_that_all_is_well(open_lab: Callable[..., Any]) -> None:
    """A learner whose notebook passes its visible tests is told so."""
    page = open_lab("/tree/notebooks/toy/right.ipynb")
    assert "Success! Your notebook passes all the tests." in validated(page)


def test_validate_names_what_fails(open_lab: Callable[..., Any]) -> None:
    """Cell and error are shown to who isn't there yet."""
    said = validated(open_lab("/tree/notebooks/toy/wrong.ipynb"))
    assert "assert answer() == 42" in said and "ask again" in said
