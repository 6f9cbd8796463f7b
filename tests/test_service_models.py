"""Sharing what botocore has read, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import botocore.session
from botocore.loaders import JSONFileLoader
from grader import service_models

service_models.share()
service_models.read("sqs")
opened = []
JSONFileLoader.load_file = lambda self, path: opened.append(path)
def model(**variables):
    session = botocore.session.Session()
    session.set_config_variable("data_path", variables.get("data_path"))
    return session.get_service_model("sqs")
"""


def run(program: str) -> None:
    subprocess.run([sys.executable, "-c", PROGRAM + program], check=True)


def test_sessions_read_a_model_once() -> None:
    """And each makes its own of it."""
    run(
        "one, other = model(), model()\n"
        "assert one is not other and one.operation_names == other.operation_names\n"
        "assert 'SendMessage' in one.operation_names\n"
        # What may be laid over a model is looked for each time, and isn't there.
        "assert all(path.endswith('.sdk-extras') for path in opened)\n"
    )


def test_boto3s_sessions_of_one_loader_read_a_model_once() -> None:
    """Each of them names its folder to the loader, however often that was done."""
    run(
        "import boto3\n"
        "core = botocore.session.Session()\n"
        "def named():\n"
        "    boto3.Session(botocore_session=core)\n"
        "    return core.get_component('data_loader')._cache\n"
        "assert named() is named()\n"
    )


def test_a_session_with_folders_of_its_own_reads_by_itself() -> None:
    run("try: model(data_path='/elsewhere')\nexcept Exception: pass\nassert opened\n")
