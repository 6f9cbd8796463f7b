"""What `python -m bench` takes, and what it refuses."""

from __future__ import annotations

import pytest

from bench.__main__ import options


def test_a_number_of_lessons_is_one_or_more(capsys: pytest.CaptureFixture[str]) -> None:
    """Another text is refused before minutes have gone by."""
    assert options(["--lessons", "60"]).lessons == 60
    for text in ("0", "-3", "many"):
        with pytest.raises(SystemExit):
            options(["--lessons", text])
        assert f"not {text}" in capsys.readouterr().err
