"""FilterCriteria of event source mappings."""

import pytest

from grader.cloud.polling.filters import NO_FILTERS, compile_filters

PAID = '{"body": {"state": ["paid"]}}'
HELLO = '{"body": [{"prefix": "hello"}]}'


def passes(body, *patterns):
    return compile_filters(patterns).passes({"messageId": "1", "body": body})


@pytest.mark.parametrize(
    ("pattern", "body", "expected"),
    [
        (PAID, '{"state": "paid"}', True),
        (PAID, '{"state": "new"}', False),
        (PAID, "paid", False),
        (PAID, "5", False),
        (HELLO, "hello June", True),
        (HELLO, "goodbye", False),
        ('{"body": ["{}"]}', "{}", False),
        ('{"messageId": ["1"]}', "anything", True),
    ],
)
def test_json_and_text_are_told_apart(pattern, body, expected):
    """A pattern for one of them lets nothing of the other pass."""
    assert passes(body, pattern) is expected


def test_one_of_the_filters_is_enough():
    """They are alternatives."""
    assert passes("hello", PAID, HELLO)
    assert not passes("goodbye", PAID, HELLO)


def test_without_filters_everything_passes():
    """That is the default."""
    assert NO_FILTERS.passes({"body": "anything"})


def test_keeps_the_texts():
    """They are told as they were given."""
    assert compile_filters([PAID, HELLO]).patterns == [PAID, HELLO]
