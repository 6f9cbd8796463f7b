"""Where statements stand in a document's text."""

from __future__ import annotations

import pytest

from grader.cloud.access.positions import Position, Span, statement_spans

# The policy of the example for simulate-principal-policy in the AWS CLI's reference:
# its statement is told to be from line 3, column 19, to line 9, column 10.
OF_THE_REFERENCE = """{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "codecommit:ListRepositories",
            "Resource":
                "*"
        }
    ]
}"""


def test_the_span_is_that_of_awss_example() -> None:
    """From behind the bracket to behind the statement."""
    assert statement_spans(OF_THE_REFERENCE) == (
        Span(Position(3, 19), Position(9, 10)),
    )


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ('{"Statement":[{"a":1},{"b":2}]}', [(15, 22), (23, 30)]),
        ('{"Statement": {"a":1}}', [(14, 22)]),
        ('{"Id": [{"Statement": [1]}], "Statement":[ {} ]}', [(43, 46)]),
        ('{"Statement":[]}', []),
    ],
)
def test_each_statement_begins_behind_what_is_before_it(
    text: str, columns: list[tuple[int, int]]
) -> None:
    """A bracket, a comma, or the colon of a statement alone."""
    spans = statement_spans(text)
    assert [(one.start.column, one.end.column) for one in spans] == columns
