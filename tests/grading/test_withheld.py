"""What `nbgrader autograde` ran shows no hidden test, whoever printed it."""

from __future__ import annotations

import pytest

from grader.grading.withheld import withheld
from tests.grading import example_results as examples

SECRET = examples.SECRET


@pytest.mark.parametrize(
    "output",
    [
        examples.stream(f"x\n{SECRET}\n"),
        examples.stream(SECRET.replace("greet", "\x1b[34mgreet\x1b[39m")),
        examples.display(text_html=f"<pre>{SECRET.replace('greet', '<b>greet</b>')}"),
        examples.display(text_html=SECRET.replace('"', "&quot;")),
        examples.error(SECRET),
        examples.display(text_plain=SECRET),
    ],
)
def test_an_output_that_repeats_a_hidden_test_is_left_out(
    output: examples.Document,
) -> None:
    """In whatever form; the notebook that was given keeps it."""
    notebook = examples.executed(examples.ran("print(In[3])", output))
    found = str(withheld(notebook))
    assert found.count("repeated a hidden test") == 2  # the test's own is another one
    assert str(notebook).count("repeated a hidden test") == 0


def test_other_outputs_stay() -> None:
    """They and the cells are as they were."""
    ran = examples.ran("print('harmless')", examples.stream("harmless"))
    assert ran in withheld(examples.executed(ran))["cells"]
