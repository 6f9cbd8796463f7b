"""The rehearsal of a moto of a notebook's own."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
import threading, boto3
from moto import mock_aws
from grader import moto_rehearsal
moto_rehearsal.rehearse()
assert threading.active_count() == 1 and boto3.DEFAULT_SESSION is None
with mock_aws():
    assert boto3.client("s3", region_name="us-east-1").list_buckets()["Buckets"] == []
    names = boto3.client("dynamodb", region_name="us-east-1").list_tables()
    assert names["TableNames"] == []
"""


def test_a_rehearsal_leaves_nothing_behind() -> None:
    """No bucket, no table, no session and no thread: a fork finds moto empty."""
    # Other tests of this process may have a lab, to which boto3 would go.
    variables = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    subprocess.run([sys.executable, "-c", PROGRAM], env=variables, check=True)
