"""The page that a learner gets back."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from grader.grading import feedback, shown_notebook
from grader.grading.decisions import Decided, decisions
from grader.grading.executed import GIVEN
from grader.grading.graded import graded
from grader.grading.marks import Comment, HandedIn, Marks
from grader.grading.scores import Score, packed
from grader.lab.lessons import Lesson, Step
from tests.conftest import cell
from tests.grading import example_results as examples

NEXT = "Write one of the functions **once more**."
LESSON = Lesson(
    "Phase 2",
    tuple(Step(mark["grade_id"], "2.1 Streams", 4.0) for mark in examples.ALL),
    pass_mark=14,
    capstone=frozenset({"notes-api"}),
    capstone_pass_mark=4,
    next=(NEXT,),
)


class Outline(HTMLParser):
    """What a page's tags say."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.levels: list[int] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        named = dict(attrs)
        self.ids += filter(None, [named.get("id")])
        self.targets += filter(None, [named.get("href"), named.get("src")])
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag not in ("meta", "br", "img", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page(decided: Decided = feedback.NOTHING, **result: Any) -> str:
    """The page of an example result."""
    made = graded(examples.result(**result), executed=True)
    return feedback.page(made, examples.STEM, LESSON, decided)


def text(html: str) -> str:
    """What a reader sees of HTML, without a style sheet."""
    return " ".join(
        re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.S).split()
    )


def card(html: str, exercise: str) -> str:
    """The text about one exercise."""
    found = re.search(
        rf'<section class="card [^>]*id="exercise-{exercise}".*?</section>', html, re.S
    )
    assert found is not None
    return text(found[0])


def test_a_failed_exercise_says_all_that_helps() -> None:
    """What was sent, what came back, where to look, the misconception, a hint."""
    said = card(page(), "welcome-new-customers")
    for words in (
        "not yet 0 of 4 points",
        "I changed Ada&#x27;s address in the table. Her welcome was sent again.",
        "What was expected 1 welcome",
        "What I saw 2 welcomes",
        "Where to look the eventName of each record",
        "A common idea: every change is new",
        "It tells of every change: INSERT, MODIFY and REMOVE.",
        "A hint for the next step pattern = json.dumps(",
    ):
        assert words in said


@pytest.mark.parametrize(
    ("exercise", "words"),
    [
        ("hello-python", "✔ passed 4 of 4 points"),
        ("notes-api", "○ not tried yet 0 of 4 points"),
        ("word-count", "… waits for your instructor ? of 4 points"),
        ("essay", "… waits for your instructor ? of 4 points"),
    ],
)
def test_each_outcome_has_a_word(exercise: str, words: str) -> None:
    """Colour and sign are never alone; what nobody marked yet has no points."""
    assert words in card(page(), exercise)


def test_of_a_hidden_variation_only_the_misconception_is_told() -> None:
    """All else may tell hidden cases, and the learner can run one to see it."""
    html = page()
    assert "variation=True" in card(html, "monthly-cost")
    assert "A common idea: free for ever" in card(html, "monthly-cost")
    assert "it was too low" not in html and "the free requests" not in html
    assert "12.34" not in html and "11.00" not in html


def test_hidden_tests_are_not_in_the_page() -> None:
    """Not their source, not the traceback of their cell."""
    html = page(executed=examples.executed())
    assert "Zoltan" not in html and "deploy_hello" in html


def test_no_guess_is_told_from_another() -> None:
    """Whoever prints what may be hidden doesn't learn by the page whether it is."""
    guesses = (examples.SECRET, examples.SECRET.replace("Zoltan", "Konrad"))
    printed = [examples.ran("guess()", examples.stream(guess)) for guess in guesses]
    html = page(executed=examples.executed(*printed))
    assert html.count("Konrad") == html.count("Zoltan") > 0


def test_what_a_learner_wrote_does_nothing() -> None:
    """No script anywhere, also in names, messages, comments and outputs."""
    wicked = "<img src=x onerror=alert(1)><script>alert(1)</script>"
    marks = [
        examples.mark("hello-python", "failed", message=wicked, observed=wicked),
    ]
    cells = [
        examples.ran(wicked, examples.display(text_html=wicked + "<b>bold</b>")),
        examples.ran("1", examples.display(text_html=examples.WICKED)),
        examples.ran("2", examples.stream(wicked)),
        {"cell_type": "markdown", "metadata": {}, "source": wicked + "\n\n# Big"},
    ]
    html = page(
        Decided(comments={"hello-answer": wicked}),
        student="ada<script>",
        marks=marks,
        executed=examples.executed(*cells),
    )
    outline = Outline(html)
    assert "script" not in outline.tags and "onerror" not in str(outline.targets)
    assert all(target.startswith(("#", "data:")) for target in outline.targets)
    assert "<b>bold</b>" in html and "<td>one</td>" in html
    assert "default-src 'none'" in html


def test_the_page_can_be_read_by_ear_and_by_keyboard() -> None:
    """Language, one title, landmarks, headings without gaps, names, ids once."""
    html = page()
    outline = Outline(html)
    assert '<html lang="en">' in html
    assert outline.open == []
    for landmark in ("header", "main", "nav", "footer", "title"):
        assert outline.tags.count(landmark) == 1
    assert outline.levels.count(1) == 1 and outline.levels[0] == 1
    steps = zip(outline.levels, outline.levels[1:], strict=False)
    assert all(after <= before + 1 for before, after in steps)
    assert len(set(outline.ids)) == len(outline.ids)
    inside = {target[1:] for target in outline.targets if target.startswith("#")}
    assert inside <= set(outline.ids)


def test_the_gradebook_has_the_last_word() -> None:
    """Points by hand, comments, a penalty, and whether that passes the phase."""
    scores = [
        Score("ada", "phase2", "lambda", mark["grade_id"], 4.0, 4.0)
        for mark in examples.ALL[:-1]
    ]
    scores.append(Score("ada", "phase2", "lambda", "essay", 3.5, 4, by_hand=True))
    handed_in = HandedIn(
        "ada",
        "phase2",
        penalties={"lambda": 1.5},
        comments=(Comment("lambda", "hello-answer", "Well named."),),
    )
    marks = Marks(packed(scores), {("ada", "phase2"): handed_in})
    html = page(decisions(marks, "ada", "phase2")["lambda"])
    said = text(html)
    assert "22 of 24 points" in said
    assert "It came late, which costs 1.5 points" in said
    assert "You have passed this phase." in said
    assert "✎ marked by your instructor 3.5 of 4" in card(html, "essay")
    assert "Your instructor writes: Well named." in card(html, "hello-python")


def test_who_has_not_passed_is_told_what_is_missing_and_where_to_start() -> None:
    """The marks to pass, those in the capstone, and the first open exercise."""
    html = page()
    assert "It takes 14 points to pass, and 4 of them in the capstone" in text(html)
    assert 'Start with <a href="#exercise-welcome-new-customers">' in html
    assert "Write one of the functions" not in html


def test_who_has_all_gets_something_to_try() -> None:
    """The lesson's own ideas, in Markdown, and no exercise to go back to."""
    marks = [examples.mark(mark["grade_id"]) for mark in examples.ALL]
    html = page(marks=marks)
    assert "Write one of the functions <strong>once more</strong>." in html
    assert "Start with" not in html


def test_a_file_that_is_no_notebook_has_a_page(tmp_path: Path) -> None:
    """It says why and what to do, once, and nothing of points."""
    why = "The file isn't JSON, so it is no notebook."
    mark = examples.mark("hello-python", "no verdict", message=why)
    read = {"lambda": {"marks": [mark, mark], "executed": None}}
    for name, notebooks in (("none", {}), ("unread", read)):
        result = examples.result(
            notebooks=notebooks,
            status="unreadable",
            problems=[examples.note("unreadable", why)],
        )
        (path,) = feedback.renew(tmp_path / name, result, {"lambda": LESSON}, {})
        said = unescape(path.read_text())
        assert "Your file couldn't be read as a notebook" in said
        assert said.count(why) == 1 and "Revert Notebook to Checkpoint" in said
        assert "points</strong>" not in said


def test_what_broke_on_our_side_is_no_fault_of_the_learner() -> None:
    """Neither of the file's, and our traceback isn't told."""
    trace = "Grading itself broke.\nTraceback (most recent call last):\n  KeyError"
    broken = examples.mark("hello-python", "broken", message="KeyError: 'Zoltan'")
    lost = graded(
        examples.result(notebooks={}, problems=[examples.note("worker", trace)])
    )
    for html in (
        page(marks=[broken], problems=[examples.note("grading broke", trace)]),
        feedback.page(lost, examples.STEM, LESSON),
    ):
        said = unescape(text(html))
        assert "That is our fault and costs you nothing" in said
        assert "KeyError" not in said and "couldn't be read" not in said


def test_the_lessons_own_text_is_left_out() -> None:
    """But for the heading above what is the learner's, and what ran of it."""
    lesson = cell("markdown", 20, "## 2.1 Streams\n\nA stream tells of changes.")
    silent, loud = examples.ran("start()"), examples.ran("go()")
    loud["outputs"] = [examples.error("NameError: go")]
    for given in (lesson, silent, loud):
        given["metadata"] = dict(GIVEN)
    html = page(executed=examples.executed(lesson, silent, loud))
    assert "<h3>2.1 Streams</h3>" in html and "NameError: go" in html
    assert "A stream tells" not in html and "start()" not in text(html)


def test_pages_are_where_nbgrader_looks(tmp_path: Path) -> None:
    """`feedback/<student>/<assignment>/<notebook>.html`, with the receipts beside."""
    receipts = tmp_path / "autograded"
    (receipts / "zoë" / "phase2").mkdir(parents=True)
    for name in ("timestamp.txt", "answers.txt"):
        (receipts / "zoë" / "phase2" / name).write_text("2026-03-01 12:00:00 UTC")
    (path,) = feedback.renew(
        tmp_path / "feedback",
        examples.result(student="zoë"),
        {"lambda": LESSON},
        {},
        receipts=receipts,
    )
    assert path == tmp_path / "feedback" / "zoë" / "phase2" / "lambda.html"
    assert "Feedback for zoë" in path.read_text("utf-8")
    assert [other.name for other in path.parent.iterdir() if other != path] == [
        "timestamp.txt"
    ]


def test_a_page_is_made_again_when_it_would_say_something_else(tmp_path: Path) -> None:
    """The same result and marks make nothing; other marks or another result do."""

    def renew(points: float, student_said: str = "hello") -> int:
        cell = examples.ran("1", examples.stream(student_said))
        decided = Decided(points={"essay": points}, by_hand=frozenset({"essay"}))
        made = feedback.renew(
            tmp_path,
            examples.result(executed=examples.executed(cell)),
            {"lambda": LESSON},
            {"lambda": decided},
        )
        return len(made)

    assert [renew(3.0), renew(3.0), renew(2.0), renew(2.0)] == [1, 0, 1, 0]
    assert [renew(2.0, "other"), renew(2.0, "other")] == [1, 0]
    page = (tmp_path / "ada" / "phase2" / "lambda.html").read_text()
    assert "2 of 4 points" in page and "other" in page


class _Colliding(str):
    """Text whose place in a set is that of its arrival, as any hash may have it."""

    def __hash__(self) -> int:
        return 1


def test_a_page_isn_t_made_again_because_a_set_has_another_order(
    tmp_path: Path,
) -> None:
    """The order of a set changes from one run of Python to the next."""
    names = [_Colliding("hello-python"), _Colliding("notes-api")]
    made = [
        feedback.renew(
            tmp_path,
            examples.result(),
            {"lambda": replace(LESSON, capstone=frozenset(capstone))},
            {},
        )
        for capstone in (names, names[::-1])
    ]
    assert list(map(len, made)) == [1, 0]


def test_a_notebook_that_never_ends_is_shown_as_text_from_somewhere_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Laying text and code out takes time, which everybody's report waits for."""
    notebook = examples.executed(
        cell("markdown", 20, "a *word*"), examples.ran("print( 'mine' )")
    )
    assert "a <em>word</em>" in page(executed=notebook)
    monkeypatch.setattr(shown_notebook, "WRITTEN_LIMIT", 0)
    html = page(executed=notebook)
    assert "a *word*" in html and "print( &#x27;mine&#x27; )" in html


def test_pages_stay_small_whatever_was_printed() -> None:
    """Long output is cut, and says by how much."""
    flood = examples.ran("print(…)", examples.stream("x" * 5_000_000))
    html = page(executed=examples.executed(flood))
    assert "4990000 characters more" in html
    assert len(html) < 60_000
