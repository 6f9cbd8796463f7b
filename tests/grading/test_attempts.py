"""What an instructor is told that a submission's code names."""

from __future__ import annotations

import pytest

from grader.grading.attempts import attempts
from grader.grading.repairing import RepairedCell


def _said(source: str) -> list[str]:
    return [note.message for note in attempts([RepairedCell("code", source)])]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("open('../gradebook.db')", "the gradebook"),
        ("glob('/srv/course/solutions/*')", "the folder of solutions"),
        ("open(f'{up}/submitted/bob/a.ipynb')", "other submissions"),
        ("get(url + '/_lab/verdicts')", "the examiner's verdicts"),
        ("import grader.checks.phase2", "imports the checks"),
        ("from grader import checks\nfrom grader.checks import examiner", "the checks"),
        ("sys.meta_path.insert(0, mine)", "how modules are imported"),
        ("ip.input_transformers_cleanup.append(f)", "how cells are read"),
        ("ip.showtraceback = f", "how errors are shown"),
        ("import grader.lab\ngrader.lab.check = f", "replaces grader.lab.check"),
        ("builtins.print = f", "replaces builtins.print"),
        ("get(url + '/_lab/clock')", "the lab's own interface"),
        ("'Description: !!python/object/apply:os.system [ls]'", "in a template"),
        ("import grader.grading.kernels.program as p", "imports the grader"),
        ("from ctypes import c_int", "reaches into memory"),
        ("sys._getframe()", "reaches for its callers (_getframe)"),
        ("from gc import get_objects", "reaches for objects of others"),
        ("import os\nos.fork = lambda: 0", "replaces os.fork"),
        (
            "import botocore.response\ndef f(self): pass\n"
            "setattr(botocore.response.StreamingBody, 'read', f)",
            "replaces botocore.response.StreamingBody.read",
        ),
    ],
)
def test_what_no_exercise_needs_is_told(source: str, said: str) -> None:
    """In words, once for each cell."""
    (told,) = set(_said(source + "\n" + source))
    assert said in told


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nprint('a', file=sys.stderr)",
        "# gradebook.db",
        "def f(event, context):\n    self.lab = 1",
        "solutions = ['a']",
        "import pandas as pd\npd.options.display.max_rows = 5",
        "import boto3\nclass Shop:\n    pass\nShop.sell = lambda self: boto3",
        "import ctypes_of_mine",
        "not python (",
    ],
)
def test_ordinary_code_is_no_attempt(source: str) -> None:
    """Comments, names of one's own and broken cells aren't told."""
    assert _said(source) == []
