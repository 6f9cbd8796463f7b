"""How errors are drawn."""

from __future__ import annotations

import json

import pytest

from grader.cloud.aws_errors import AWSError
from grader.cloud.functions import draw_error
from grader.cloud.functions.errors import failure


@pytest.mark.parametrize(
    ("code", "status", "body"),
    [
        ("ResourceNotFoundException", 404, {"Type": "User", "Message": "x"}),
        ("InvalidParameterValueException", 400, {"Type": "User", "message": "x"}),
        ("PreconditionFailedException", 412, {"Type": "User", "message": "x"}),
        ("ValidationException", 400, {"message": "x"}),
        ("AccessDeniedException", 403, {"Message": "x"}),
    ],
)
def test_draws_each_error_as_its_shape_says(
    code: str, status: int, body: dict[str, str]
) -> None:
    """Lambda's shapes disagree about the member's first letter."""
    drawn = draw_error(failure(code, "x"), "id")
    assert (drawn.status_code, json.loads(drawn.get_data())) == (status, body)


def test_keeps_further_members() -> None:
    """Such as a throttle's reason."""
    error = AWSError("TooManyRequestsException", "x", 429, Reason="CallerRateLimit")
    assert json.loads(draw_error(error, "id").get_data()) == {
        "Reason": "CallerRateLimit",
        "message": "x",
    }
