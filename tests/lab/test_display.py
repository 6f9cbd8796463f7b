import io
from contextlib import redirect_stdout

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from grader.lab import display


def test_text_keeps_the_lines() -> None:
    """Lines below a label are indented under it."""
    shown = display.panel("red", "Title", [("Label", "\none\ntwo"), ("", "three")])
    assert shown.text == "Title\n  Label:\n    one\n    two\n  three"


def test_html_is_escaped() -> None:
    """Nothing that is shown can become markup."""
    shown = display.panel("red", "<b>", [("<i>", "<script>")])
    assert "<script>" not in shown.html
    assert "<i>" not in shown.html


def test_outside_a_notebook_text_is_printed() -> None:
    """A script sees plain text."""
    with redirect_stdout(io.StringIO()) as out:
        display.show(display.Shown("text", "<p>html</p>"))
    assert out.getvalue() == "text\n"


def test_in_a_notebook_both_are_sent() -> None:
    """A notebook gets HTML and plain text of the same thing."""
    InteractiveShell.instance()
    try:
        with capture_output() as captured:
            display.show(display.Shown("text", "<p>html</p>"))
    finally:
        InteractiveShell.clear_instance()
    (output,) = captured.outputs
    assert output.data == {"text/plain": "text", "text/html": "<p>html</p>"}


def test_code_has_letters_of_one_width() -> None:
    """Code keeps its columns in a notebook, and is plain text elsewhere."""
    shown = display.panel(display.PLAIN, "t", [("", display.Code("a = 1")), ("", "b")])
    assert shown.html.count("monospace") == 1
    assert shown.text == "t\n  a = 1\n  b"
