"""prices-with-decimals, with right answers, wrong ones, and none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.checks.conftest import Judged, answer, starter

Judge = Callable[..., Judged]
CHECK = "prices-with-decimals"
ROUTES = ["PUT /prices/{id}", "GET /prices/{id}", "GET /prices"]


def price_list(
    lesson: dict[str, Any], *changes: tuple[str, str], file: str = "right.py"
) -> Callable[[Any, str], str]:
    """A deploy function around a handler, with pieces of its text exchanged."""
    text = answer(f"phase2/prices/{file}")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    node = file.endswith(".mjs")

    def deploy_prices(cloud: Any, table: str) -> str:
        role = lesson["make_role"](cloud, "prices")
        actions = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Scan"]
        lesson["allow"](cloud, "prices", actions, "*")
        arn = lesson["make_function"](
            cloud,
            "prices",
            Runtime="nodejs24.x" if node else "python3.13",
            Handler="prices.handler",
            Role=role,
            Timeout=20,
            Environment={"Variables": {"TABLE": table}},
            Code={
                "ZipFile": lesson["package"](
                    {f"prices.{'mjs' if node else 'py'}": text}
                )
            },
        )
        api = lesson["open_http_api"](cloud, "prices", arn, ROUTES)
        lesson["let_api_in"](cloud, "prices", api)
        return str(cloud.url(api))

    return deploy_prices


@pytest.mark.parametrize("file", ["right.py", "right.mjs"])
def test_right_answers_pass(judge: Judge, lesson: dict[str, Any], file: str) -> None:
    """A Decimal of the text in Python; in Node.js numbers travel as text."""
    said = judge(CHECK, price_list(lesson, file=file))

    assert said.outcome == "passed", said.text


def test_more_in_an_item_is_no_mistake(judge: Judge, lesson: dict[str, Any]) -> None:
    """An answer may read what it alone knows how to write, in every item."""
    written = '"price": Decimal(str(price))}'
    changes = (
        (written, written.removesuffix("}") + ', "shown": str(price)}'),
        ('float(item["price"])', 'float(item["shown"])'),
    )

    said = judge(CHECK, price_list(lesson, *changes))

    assert said.outcome == "passed", said.text


def test_starter_is_not_attempted(judge: Judge) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(CHECK, starter)

    assert (said.outcome, said.unattempted) == ("failed", True)


@pytest.mark.parametrize(
    ("change", "misconception", "words"),
    [
        (("Decimal(str(price))", "price"), "float-in-a-table", "Float types are not"),
        (('float(item["price"])', 'item["price"]'), "decimal-is-json", "Decimal"),
        (("Decimal(str(price))", "str(price)"), "number-as-text", "a number as price"),
        (("Decimal(str(price))", "round(price)"), "float-in-a-table", "12.5"),
        ((" if item else answer(404, {})", ""), "error-is-the-api", "NoneType"),
        ((", Limit=99", ""), "scan-is-everything", "100 prices at most"),
        (
            ('page.get("LastEvaluatedKey", {}).get("id")', "None"),
            "scan-is-everything",
            "all pages",
        ),
        (("type(price) not in (int, float)", "False"), "callers-send-json", "TypeErr"),
        ((" or not 0 <= price < 1e30", ""), "anything-is-a-price", "-1"),
    ],
)
def test_wrong_answers_are_named(
    judge: Judge,
    lesson: dict[str, Any],
    change: tuple[str, str],
    misconception: str,
    words: str,
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(CHECK, price_list(lesson, change))

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text
