"""From nothing to the first answer: one try, in an interpreter of its own.

Run as `python -m bench.first_answer lab` for `lab.start()`, or as
`python -m bench.first_answer server ENDPOINT COMMAND…` for a server that is started
with a command. Prints the seconds as JSON. The imports of the client's side are
reported apart, as every notebook has them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

PREFIX = "FIRST_ANSWER "


def of_the_lab() -> dict[str, float]:
    """`lab.start()` to the answer of a first boto3 call."""
    began = time.perf_counter()
    import boto3

    from grader import lab

    imported = time.perf_counter()
    cloud = lab.start()
    try:
        boto3.client("lambda").list_functions()
        answered = time.perf_counter()
    finally:
        cloud.stop()
    return {"imports": imported - began, "first_answer": answered - imported}


def of_a_server(endpoint: str, command: list[str]) -> dict[str, float]:
    """The start of its process to the answer of a first boto3 call."""
    began = time.perf_counter()
    import boto3

    from bench.servers import STOP_LIMIT, accepts

    imported = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=sys.stderr, stderr=sys.stderr
    )
    try:
        while not accepts(endpoint):
            if process.poll() is not None:
                raise SystemExit(f"it ended with status {process.returncode}")
            time.sleep(0.005)
        boto3.client("lambda", endpoint_url=endpoint).list_functions()
        answered = time.perf_counter()
    finally:
        process.terminate()
        try:
            process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return {"imports": imported - began, "first_answer": answered - imported}


def parse(output: str) -> dict[str, float] | None:
    """The seconds in what a try printed, whatever else is there."""
    for line in reversed(output.splitlines()):
        if line.startswith(PREFIX):
            return dict(json.loads(line.removeprefix(PREFIX)))
    return None


if __name__ == "__main__":
    if sys.argv[1] == "lab":
        taken = of_the_lab()
    else:
        taken = of_a_server(sys.argv[2], sys.argv[3:])
    print(PREFIX + json.dumps(taken), flush=True)
