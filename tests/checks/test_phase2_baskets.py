"""no-leaking-baskets, with right answers, wrong ones, and none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.checks.conftest import Judged, answer, starter

Judge = Callable[..., Judged]
CHECK = "no-leaking-baskets"


def deploys(
    lesson: dict[str, Any], file: str, *changes: tuple[str, str]
) -> Callable[[Any], str]:
    """A deploy function around one handler, with pieces of it exchanged."""
    node = file.endswith(".mjs")
    text = answer(f"phase2/baskets/{file}")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)

    def deploy_baskets(cloud: Any) -> str:
        code = {f"shop.{'mjs' if node else 'py'}": text}
        lesson["make_function"](
            cloud,
            "shop",
            Runtime="nodejs24.x" if node else "python3.13",
            Handler="shop.handler",
            Role=lesson["make_role"](cloud),
            Code={"ZipFile": lesson["package"](code)},
        )
        return "shop"

    return deploy_baskets


@pytest.mark.parametrize("file", ["right.py", "right.mjs"])
def test_right_answers_pass(judge: Judge, lesson: dict[str, Any], file: str) -> None:
    """A basket per call and a till per environment, in either language."""
    said = judge(CHECK, deploys(lesson, file))

    assert said.outcome == "passed", said.text


def test_starter_is_not_attempted(judge: Judge) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(CHECK, starter)

    assert (said.outcome, said.unattempted) == ("failed", True)


@pytest.mark.parametrize(
    ("file", "misconception", "words", "hidden"),
    [
        ("leaky.py", "globals-reset-each-call", "3 items for 68", False),
        ("by_customer.py", "basket-by-customer", "2 items for 48", False),
        ("opened_at_each_call.py", "opened-at-each-call", "opened again", False),
        ("emptied_at_the_end.py", "emptied-too-late", "2 items for 23", False),
        ("one_till_for_all.py", "one-till-for-all", "the same till", True),
        ("sells_anything.py", "unsold-is-free", "umbrella", False),
        ("till_forgotten.py", None, "a key of the answer is missing", False),
    ],
)
def test_wrong_answers_are_named(
    judge: Judge,
    lesson: dict[str, Any],
    file: str,
    misconception: str | None,
    words: str,
    hidden: bool,
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(CHECK, deploys(lesson, file))

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text
    assert said.hidden is hidden


LEFT_BEHIND = (
    "export const handler = async ({ items }) => ({",
    "let basket = [];\nexport const handler = async ({ items }) => {\n"
    "  basket.push(...items);\n  const total = basket.map(priceOf)"
    ".reduce((sum, price) => sum + price, 0);\n  basket = [];\n"
    "  return { items: items.length, total, till };\n};\nconst unused = () => ({",
)


@pytest.mark.parametrize(
    ("change", "misconception", "words"),
    [
        (LEFT_BEHIND, "emptied-too-late", "complained of the umbrella again"),
        (("sum + price, 0)", 'sum + price, "")'), None, "puts texts together"),
        (("= randomUUID()", "= (async () => randomUUID())()"), None, "has no number"),
        (("= randomUUID()", "= undefined"), None, "what is undefined"),
    ],
)
def test_mistakes_in_javascript_are_named(
    judge: Judge,
    lesson: dict[str, Any],
    change: tuple[str, str],
    misconception: str | None,
    words: str,
) -> None:
    """By the check as it is shown, and not as a leak or an error of another kind."""
    said = judge(CHECK, deploys(lesson, "right.mjs", change))

    assert (said.misconception, said.hidden) == (misconception, False), said.text
    assert words in said.text
