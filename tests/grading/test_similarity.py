"""Which submissions share unusual code, and which don't."""

from __future__ import annotations

import random
import re

import pytest

from grader import cli
from grader.grading import similarity_page
from grader.grading.course import Course
from grader.grading.fingerprints import (
    CERTAIN,
    NOISE,
    Token,
    grams,
    tokens,
    winnowed,
)
from grader.grading.journal import Journal
from grader.grading.similarity import Pair, Written, pairs, written
from tests.conftest import cell, notebook
from tests.grading import example_results as examples

STUB = """\
def deploy_notes(cloud, name):
    \"\"\"Deploy the notes API and return its address.\"\"\"
    # YOUR CODE HERE
    raise NotImplementedError
"""
TEMPLATE = """\
import boto3

lambda_client = boto3.client("lambda")
iam = boto3.client("iam")
trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
         "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))
"""
OWN = """\
def ledger(rows, when):
    seen = {}
    for number, row in enumerate(rows):
        while row.get("previous") is not None and row["previous"] in seen:
            row = seen[row["previous"]]
            if row["amount"] < 0 or number % 7 == 3:
                break
        else:
            seen[row["id"]] = [row["amount"], when, number - 1]
    return sorted(seen.items(), key=lambda pair: (-pair[1][0], pair[0]))
"""
OTHER = """\
def totals(orders):
    by_day = collections.defaultdict(int)
    for order in orders:
        try:
            day = datetime.date.fromisoformat(order["date"])
        except ValueError as fault:
            print(f"no date in {order}: {fault}")
            continue
        by_day[day.isoformat()] += int(order["cents"]) * order.get("count", 1)
    return {day: sum_ / 100 for day, sum_ in by_day.items() if sum_ >= 100}
"""
SHORT = "print([n for n in range(9)])"


def unlike(seed: int) -> str:
    """A different program for each seed."""
    chance = random.Random(seed)
    lines = ["def work(x):"]
    for _ in range(25):
        one, two = chance.sample(["a", "b.c", "x", "d[0]", "e(1, 2)", "not f"], 2)
        sign = chance.choice(["+", "-", "//", "and", "or", "in", "<", "**", "is"])
        lines.append(
            chance.choice(
                [
                    f"    y = {one} {sign} {two}",
                    f"    if {one} {sign} {two}: return {two}",
                    f"    x.append(({one}, {two} {sign} {one}))",
                    f"    while {two}: yield {one} {sign} {two}",
                ]
            )
        )
    return "\n".join(lines)


def found(*submissions: tuple[str, ...], others: int = 0) -> list[Pair]:
    """The pairs among submissions a, b, c …, in a class with `others` more."""
    made = [Written(chr(ord("a") + at), cells) for at, cells in enumerate(submissions)]
    made += [Written(f"other-{at}", (unlike(at),)) for at in range(others)]
    return pairs(made, [STUB, TEMPLATE])


def test_a_copy_is_found_with_its_passage() -> None:
    """Both sides are shown with the lines where it stands."""
    (pair,) = found((SHORT, OWN), (OWN + "\n\nx = 1",), (OTHER,), others=20)
    assert (pair.left, pair.right) == ("a", "b")
    assert pair.share > 0.9
    (passage,) = pair.passages
    assert passage.left.text == passage.right.text == OWN.strip()
    assert (passage.left.cell, passage.right.cell) == (1, 0)
    assert passage.left.first == 0 and passage.lines == 10


def test_renamed_variables_and_other_comments_are_found() -> None:
    """Names and remarks of one's own don't count, nor do line breaks."""
    renamed = OWN
    for name in ("ledger", "rows", "when", "seen", "number", "row", "pair"):
        renamed = re.sub(rf"\b{name}\b", f"my_{name}", renamed)
    renamed = "# all my own work\n" + renamed.replace(": (", ": (\n        ")
    (pair,) = found((OWN,), (renamed,), others=5)
    assert pair.lines >= 9


def test_reordered_cells_are_found() -> None:
    """A passage is found wherever it stands."""
    (pair,) = found((OWN, OTHER), (OTHER, SHORT, OWN), others=5)
    assert len(pair.passages) == 2


def test_code_of_a_function_in_a_string_is_compared_too() -> None:
    """Handlers are texts in notebooks; renaming in them is seen through as well."""
    renamed = re.sub(r"\brow\b", "line", OWN)
    assert len(found((f"code = '''{OWN}'''",), (f"text = '''{renamed}'''",))) == 1


def test_what_everybody_was_given_is_not_found() -> None:
    """A template and the stub say nothing, also inside other code."""
    first = f"{TEMPLATE}\n{STUB}\n{unlike(101)}"
    second = f"{STUB}\n{TEMPLATE}\n{unlike(102)}"
    assert found((first,), (second,), others=3) == []


def test_short_answers_are_not_found() -> None:
    """There are only so many ways to write one line."""
    assert found((SHORT, "x = 1"), (SHORT, "x = 1"), others=3) == []


def test_what_many_wrote_is_not_found() -> None:
    """More than a few of a class: then it is how one does it."""
    assert found(*[(OWN,)] * 4)
    assert found(*[(OWN,)] * 5) == []


def test_different_programs_are_not_found() -> None:
    """Of a class where everybody wrote their own, no pair."""
    assert found((OWN,), (OTHER,), others=40) == []


def test_only_what_learners_wrote_is_compared() -> None:
    """Answers and further cells, neither locked cells nor cells as they were given."""
    answer = cell("code", 1, OWN, grade_id="answer", solution=True)
    test = cell("code", 2, OTHER, grade_id="test", grade=True, locked=True)
    given = cell("code", 3, TEMPLATE)
    extra = cell("code", 4, SHORT)
    text = cell("markdown", 5, OTHER)
    made = written(
        "ada",
        notebook(answer, test, given, extra, text),
        frozenset({TEMPLATE.strip()}),
    )
    assert made == Written("ada", (OWN, SHORT))


def test_names_count_where_they_are_not_ones_own() -> None:
    """Keywords, attributes, arguments of calls, and words that were given."""
    source = "for key in table.scan(Limit=5, x == y): put('Items', \"mine\")"
    assert [token.text for token in tokens(source, {"Items"})] == [
        *("for", "name", "in", "name", ".", "scan", "(", "Limit", "=", "number", ","),
        *("name", "=", "=", "name", ")", ":", "name", "("),
        *("'", "Items", "'", ",", '"', "name", '"', ")"),
    ]


def test_each_window_has_a_fingerprint() -> None:
    """The promise of winnowing: a match of so many tokens shares one at least."""
    shared = [Token(str(at * 7919 % 101), 0) for at in range(CERTAIN)]
    chance = random.Random(3)

    def hidden() -> list[Token]:
        before, after = (
            [Token(str(chance.random()), 0) for _ in range(chance.randrange(30))]
            for _ in range(2)
        )
        return before + shared + after

    for _ in range(50):
        one, other = (
            {each.value for each in winnowed(grams(hidden()))} for _ in range(2)
        )
        assert one & other
    assert grams(shared[: NOISE - 1]) == []
    assert winnowed([]) == []


@pytest.fixture
def graded_course(course: Course) -> Course:
    """Two submissions in the journal that share an answer, and one that doesn't."""
    course.notebooks.mkdir()
    course.work.mkdir()
    with Journal(course.work / "journal.jsonl") as journal:
        for student, code in (("ada", OWN), ("bo<b>", OWN), ("cy", OTHER)):
            made = examples.executed(examples.ran(code))
            journal.append(examples.result(student, executed=made))
    return course


def test_the_command_writes_the_passages_side_by_side(
    graded_course: Course,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`grader report --similarity` names the pair, and says that it is no verdict."""
    monkeypatch.chdir(graded_course.root)
    assert cli.main(["report", "--similarity"]) == cli.GOOD
    said = capsys.readouterr().out
    assert "phase2: ada and bo<b> share 10 lines in 1 passage" in said
    html = (graded_course.work / similarity_page.PAGE).read_text()
    assert str(graded_course.work / similarity_page.PAGE) in said
    assert "3 submissions compared, 1 pair found" in html
    assert html.count("while row.get(&quot;previous&quot;)") == 2
    assert "talk to both" in html and "cy" not in re.findall(r"<h3>(.*?)</h3>", html)[0]
    assert "bo&lt;b&gt;" in html and "bo<b>" not in html


def test_without_results_the_command_says_what_to_run(
    course: Course,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """There is nothing to compare before a class was graded."""
    monkeypatch.chdir(course.root)
    assert cli.main(["report", "--similarity"]) == cli.WRONG
    assert "run `grader grade` first" in capsys.readouterr().err
