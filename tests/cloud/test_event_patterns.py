"""Event patterns, beside events that fit and events that don't."""

import pytest

from grader.cloud.event_patterns import InvalidPattern, compile_pattern

NESTED = """{
  "detail-type": [ "Build Started", "Build Finished" ],
  "detail": {
    "pipeline": {
      "slug": "some-pipeline"
    }
  }
}"""


def fits(pattern, event):
    return compile_pattern(pattern).matches(event)


@pytest.mark.parametrize(
    ("allowed", "value"),
    [
        ('"paid"', "paid"),
        ('"paid", "sent"', "sent"),
        ("5", 5.0),
        ("3.018e2", 301.8),
        ("true", True),
        ("null", None),
        ('""', ""),
        ('{"prefix": "us-"}', "us-east-1"),
        ('{"prefix": {"equals-ignore-case": "US-"}}', "us-east-1"),
        ('{"suffix": ".png"}', "a.png"),
        ('{"suffix": {"equals-ignore-case": ".PNG"}}', "a.png"),
        ('{"equals-ignore-case": "June"}', "jUNE"),
        ('{"wildcard": "a/*/c*.txt"}', "a/b/b/c.txt"),
        (r'{"wildcard": "5\\*"}', "5*"),
        ('{"anything-but": "paid"}', "sent"),
        ('{"anything-but": ["paid", "sent"]}', "new"),
        ('{"anything-but": [1, 2]}', 3),
        ('{"anything-but": "paid"}', 5),
        ('{"anything-but": {"prefix": "us-"}}', "eu-west-1"),
        ('{"anything-but": {"suffix": [".png", ".gif"]}}', "a.jpg"),
        ('{"anything-but": {"equals-ignore-case": ["PAID"]}}', "sent"),
        ('{"anything-but": {"wildcard": "*/lib/*"}}', "/bin/a"),
        ('{"numeric": ["=", 5]}', 5),
        ('{"numeric": [">", 0, "<=", 5]}', 5),
        ('{"numeric": ["<", 0]}', -0.5),
        ('{"cidr": "10.0.0.0/24"}', "10.0.0.255"),
        ('{"cidr": "2001:db8::/32"}', "2001:db8::1"),
        ('{"exists": true}', None),
        ('"paid"', ["sent", "paid"]),
        ('{"anything-but": "paid"}', ["sent", "paid"]),
    ],
)
def test_a_value_that_fits(allowed, value):
    """Any one of the array's elements is enough, and any one value of an array."""
    assert fits(f'{{"state": [{allowed}]}}', {"state": value})


@pytest.mark.parametrize(
    ("allowed", "value"),
    [
        ('"paid"', "Paid"),
        ("5", "5"),
        ("1", True),
        ("true", 1),
        ("false", 0),
        ("null", ""),
        ('{"prefix": "us-"}', 5),
        ('{"suffix": ".png"}', "a.PNG"),
        ('{"wildcard": "a*c"}', "abcd"),
        ('{"anything-but": ["paid", "sent"]}', "sent"),
        ('{"anything-but": {"prefix": ["us-", "eu-"]}}', "eu-west-1"),
        ('{"numeric": [">", 0, "<=", 5]}', 0),
        ('{"numeric": [">", 0]}', "1"),
        ('{"cidr": "10.0.0.0/24"}', "10.0.1.0"),
        ('{"cidr": "10.0.0.0/24"}', "June"),
        ('{"exists": true}', {"inner": 1}),
        ('{"exists": false}', None),
        ('"paid"', []),
    ],
)
def test_a_value_that_doesnt_fit(allowed, value):
    """Strings, numbers and truth values are told apart."""
    assert not fits(f'{{"state": [{allowed}]}}', {"state": value})


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        ('{"exists": false}', True),
        ('{"exists": false}, "paid"', True),
        ('{"anything-but": "paid"}', False),
        ("null", False),
    ],
)
def test_a_field_that_is_missing(allowed, expected):
    """Only exists: false takes it."""
    assert fits(f'{{"detail": {{"state": [{allowed}]}}}}', {"source": "x"}) is expected


def test_no_element_may_have_a_field_that_is_to_be_missing():
    """It is the event that doesn't have it, not one of the elements."""
    pattern = '{"who": {"age": [{"exists": false}]}}'
    assert fits(pattern, {"who": [{"name": "June"}, {"name": "Al"}]})
    assert not fits(pattern, {"who": [{"name": "June"}, {"age": 50}]})


def test_every_field_has_to_fit():
    """One that doesn't is enough to refuse the event."""
    pattern = '{"source": ["shop"], "detail": {"state": ["paid"]}}'
    assert fits(pattern, {"source": "shop", "detail": {"state": "paid"}, "id": 1})
    assert not fits(pattern, {"source": "shop", "detail": {"state": "new"}})


def test_one_of_the_alternatives_has_to_fit():
    """Beside every field outside of $or."""
    pattern = '{"a": [1], "$or": [{"b": [2]}, {"c": [{"numeric": [">", 3]}]}]}'
    assert fits(pattern, {"a": 1, "c": 4})
    assert not fits(pattern, {"a": 1, "b": 3, "c": 3})
    assert not fits(pattern, {"b": 2, "c": 4})


def test_one_element_of_an_array_has_to_fit_as_a_whole():
    """Fields of two different elements don't add up."""
    pattern = '{"who": {"name": ["June"], "age": [50]}}'
    assert fits(pattern, {"who": [{"name": "Al"}, {"name": "June", "age": 50}]})
    assert not fits(pattern, {"who": [{"name": "June"}, {"age": 50}]})


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("[]", "Filter is not an object"),
        ("{}", "Empty objects are not allowed"),
        ('{"a": []}', "Empty arrays are not allowed"),
        ('{"a": [[1]]}', "Match value must be String, number, true, false, or null"),
        ('{"a": [{}]}', "Match expression name not found"),
        ('{"a": [{"like": "b"}]}', "Unrecognized match type like"),
        (
            '{"a": [{"prefix": "b", "suffix": "c"}]}',
            "Only one key allowed in match expression",
        ),
        ('{"a": [{"suffix": ["b"]}]}', "suffix match pattern must be a string"),
        ('{"a": [{"exists": "yes"}]}', "exists match pattern must be either true or"),
        ('{"a": [{"wildcard": "b**"}]}', "Consecutive wildcard characters at pos 1"),
        (r'{"a": [{"wildcard": "b\\c"}]}', "Invalid escape character at pos 1"),
        ('{"a": [{"cidr": "10.0.0.0"}]}', "Malformed CIDR, one '/' required"),
        ('{"a": [{"cidr": "10.0.0.0/32"}]}', "IPv4 mask bits must be < 32"),
        ('{"a": [{"numeric": 5}]}', "Value of numeric must be an array."),
        ('{"a": [{"numeric": ["~", 5]}]}', "Unrecognized numeric range operator: ~"),
        ('{"a": [{"numeric": ["=", "5"]}]}', "Value of equals must be numeric"),
        ('{"a": [{"numeric": ["<", 5, ">", 1]}]}', "Too many elements in numeric"),
        ('{"a": [{"numeric": [">", 5, ">", 1]}]}', "Bad numeric range operator: >"),
        ('{"a": [{"numeric": [">", 5, "<", 1]}]}', "Bottom must be less than top"),
        ('{"a": [{"anything-but": null}]}', "Value of anything-but must be an array"),
        ('{"a": [{"anything-but": [1, "b"]}]}', "Inside anything but list, either all"),
        ('{"a": [{"anything-but": [true]}]}', "Inside anything but list, start|null"),
        ('{"a": [{"anything-but": {"cidr": "b"}}]}', "Unsupported anything-but patter"),
        ('{"$or": {"a": [1]}}', "It must be an Array followed with $or."),
        ('{"$or": [{"a": [1]}]}', "There must have at least 2 Objects in $or relation"),
        ('{"$or": [1, 2]}', "Only JSON object is allowed in array of $or relationship"),
    ],
)
def test_what_is_no_pattern(pattern, reason):
    """AWS's own engine says what is wrong with it."""
    with pytest.raises(InvalidPattern) as refused:
        compile_pattern(pattern)
    assert str(refused.value).startswith(reason)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        # As people quote them from AWS: buildkite/docs#896, cloud-custodian#6507.
        (NESTED, "line: 5, column: 16]"),
        (
            '{"source": ["aws.health"], "detail": {}}',
            'Empty objects are not allowed\n at [Source: (String)"{"source": ["aws.heal'
            'th"], "detail": {}}"; line: 1, column: 40]',
        ),
    ],
)
def test_says_where_it_stopped_reading(pattern, message):
    """With the line and the column."""
    with pytest.raises(InvalidPattern) as refused:
        compile_pattern(pattern)
    assert str(refused.value).endswith(message)


def test_what_isnt_json():
    """The parser's own words."""
    with pytest.raises(InvalidPattern, match="Unexpected end-of-input"):
        compile_pattern('{"a": [1')
