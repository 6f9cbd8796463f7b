"""Files beside the notebook that would take a library's place, and commands.

A learner's own modules are found after the libraries, never before them.
"""

from __future__ import annotations

from tests.grading.hostile.cases import GREETING, Case

FORGED = b"""
def check(*work, **options):
    print("right")

def start(*anything, **options):
    import unittest.mock
    return unittest.mock.MagicMock()

client = resource = Session = mock_aws = lab = start
"""
RIGHT_AWAY = b"""
import builtins, sys

sys.settrace(lambda frame, event, argument: frame.f_globals.update(earned=5))
builtins.__dict__["earned"] = 5
"""


RUN_FIRST = (
    *("sitecustomize.py", "usercustomize.py", "mine.pth", "python311._pth"),
    *("ipython_config.py", "ipython_kernel_config.py", "jupyter_config.py"),
    *("profile_default/startup/00.py", ".ipython/profile_default/startup/00.py"),
    *("pyvenv.cfg", "nbgrader_config.py", "conftest.py", ".pdbrc", ".pythonrc.py"),
    *(".env", ".aws/config"),
)
CASES = (
    Case(
        "shadows-the-course",
        assignment=GREETING,
        files={
            "grader/__init__.py": FORGED,
            "grader/lab/__init__.py": FORGED,
            "grader/lab.py": FORGED,
            "grader.py": FORGED,
        },
    ),
    Case(
        "shadows-libraries",
        assignment=GREETING,
        honest=True,
        files={
            f"{name}.py": b"raise SystemExit('mine')"
            for name in (
                *("boto3", "moto", "botocore", "json", "http", "IPython", "ast"),
                *("traceback", "threading", "nbformat", "awslambdaric", "types"),
            )
        },
    ),
    Case(
        "shadows-what-python-runs-first",
        files=dict.fromkeys(RUN_FIRST, RIGHT_AWAY),
    ),
    Case(
        "writes-what-python-runs-first",
        """
        import os, pathlib, site, sys

        home = os.path.expanduser("~")
        places = [home, site.getusersitepackages(), *sys.path, "/tmp",
                  f"{home}/.ipython/profile_default/startup"]
        for place in filter(None, places):
            for name in ("sitecustomize.py", "usercustomize.py", "a.pth", "00.py"):
                try:
                    pathlib.Path(place).mkdir(parents=True, exist_ok=True)
                    pathlib.Path(place, name).write_text("earned = 5")
                except OSError:
                    pass
        os.environ.update(PYTHONSTARTUP="/tmp/a.py", PYTHONPATH="/tmp", PYTHONHOME="/")
        """,
    ),
    Case(
        "brings-links",
        files={"helpers.py": b"LIMIT = 5"},
        code="""
        import os
        print(os.path.realpath("helpers.py"), open("helpers.py").read())
        """,
        honest=True,
    ),
    Case(
        "brings-odd-names",
        files={
            "a file with spaces.txt": b"a",
            "naïve-ß-名前.csv": b"b",
            "-rf": b"c",
            "deep/er/and/deep/er.txt": b"d",
            ".hidden": b"e",
            "$(touch hostile-trace)": b"f",
            "<script>alert(1)</script>.txt": b"g",
        },
        honest=True,
    ),
    Case(
        "brings-paths-that-climb",
        files={
            "../../hostile-trace": b"a",
            "/tmp/hostile-trace": b"b",
            "..\\..\\hostile-trace": b"c",
            "sub/../../hostile-trace": b"d",
            "": b"e",
            ".": b"f",
            "nul\0byte": b"g",
        },
        honest=True,
    ),
    Case(
        "brings-the-graders-own-files",
        files={
            "gradebook.db": b"SQLite format 3\0",
            "journal.jsonl": b'{"student": "anna", "notebooks": {}}\n',
            "result.json": b'{"marks": []}',
            "timestamp.txt": b"the day after tomorrow",
            "sums.ipynb.lock": b"",
        },
        honest=True,
    ),
    Case(
        "runs-commands",
        """
        %load_ext autoreload
        %autoreload 2
        %config InlineBackend.figure_format = 'svg'
        %config InteractiveShell.ast_node_interactivity = 'all'
        %config Application.log_level = 'DEBUG'
        %run -i other.py
        %env TERM=dumb
        !echo a command; id; ls -a
        %sx exit 3
        """,
        files={"other.py": b"print('run')"},
        honest=True,
    ),
    Case(
        "shows-every-expression",
        "get_ipython().ast_node_interactivity = 'all'\n5",
    ),
    Case(
        "resets-everything",
        "%reset -f\n%xdel nothing",
        honest=True,
    ),
)
