import pytest

from grader import lab
from grader.errors import WrongUse
from grader.lab import record

Said = pytest.CaptureFixture[str]


def test_a_question_is_asked(attached: lab.Cloud, capsys: Said) -> None:
    """Without an answer the question is shown, with "I have no idea" at its end."""
    lab.predict("how-many")
    shown = capsys.readouterr().out
    assert "How many runs?" in shown
    assert "(c) I have no idea" in shown


def test_the_question_keeps_its_answer(attached: lab.Cloud) -> None:
    """What is right isn't in the kernel before there is an answer."""
    question = attached.control.get("/_lab/predictions/how-many")
    assert set(question) == {"name", "title", "text", "options"}
    assert question["options"] == {"a": "one", "b": "two", "c": "I have no idea"}


def test_what_isnt_an_option_is_refused(attached: lab.Cloud) -> None:
    """An answer has to be one of the options."""
    with pytest.raises(WrongUse, match="answer with a, b, c"):
        lab.predict("how-many", "z")


def test_a_wrong_name_is_told(attached: lab.Cloud) -> None:
    """An unknown prediction names the nearest."""
    with pytest.raises(WrongUse, match="did you mean 'how-many'"):
        lab.predict("how many?")


def test_the_first_answer_counts(attached: lab.Cloud, capsys: Said) -> None:
    """An answer commits: its feedback is shown, a second answer changes nothing."""
    lab.predict("how-many", "a")
    assert "Look at the trigger." in capsys.readouterr().out
    lab.predict("how-many", "(B)")
    shown = capsys.readouterr().out
    assert "the first one counts" in shown
    assert "Right you are" not in shown
    assert record.read().predictions["how-many"].answer == "a"


def test_a_commitment_outlives_the_kernel(attached: lab.Cloud, capsys: Said) -> None:
    """What was committed to is shown again when the question is asked again."""
    record.note_prediction("how-many", {"answer": "a"})
    lab.predict("how-many")
    assert "Your answer: (a) one" in capsys.readouterr().out
