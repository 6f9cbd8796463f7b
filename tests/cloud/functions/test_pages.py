"""Answers in pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Refused = Callable[..., tuple[str, str, int]]
Create = Callable[..., dict[str, Any]]


def test_a_page_has_50_items_at_most(aws: Any, create: Create) -> None:
    """Whatever the caller asks for."""
    create()
    for number in range(51):
        aws.create_alias(
            FunctionName="greet", Name=f"a{number}", FunctionVersion="$LATEST"
        )
    page = aws.list_aliases(FunctionName="greet", MaxItems=10000)
    assert len(page["Aliases"]) == 50


def test_a_paginator_reads_all(aws: Any, create: Create) -> None:
    """Markers lead from page to page."""
    names = ["a", "b", "c"]
    for name in names:
        create(name)
    pages = aws.get_paginator("list_functions").paginate(
        PaginationConfig={"PageSize": 1}
    )
    found = [one["FunctionName"] for page in pages for one in page["Functions"]]
    assert found == names


@pytest.mark.parametrize("marker", ["nonsense", "bm9uc2Vuc2U="])
def test_refuses_a_marker_of_somebody_else(
    aws: Any, refused: Refused, marker: str
) -> None:
    """Only what Lambda gave leads on."""
    assert refused(aws.list_functions, Marker=marker) == (
        "InvalidParameterValueException",
        "Invalid Marker",
        400,
    )
