"""The trace header's lineage, by which Lambda notices a function that feeds itself.

``X-Amzn-Trace-Id: Root=1-…;Parent=…;Sampled=0;Lineage=1:a87bd80c:0|1:68fd508a:5``
counts, for each function (a hash of its ARN), how often this chain of events had
already invoked it. AWS's SDKs forward the header from ``_X_AMZN_TRACE_ID``.
Follows "Tracing header" in the X-Ray developer guide and "Lambda recursive loop
detection" in the Lambda developer guide; the hash is ours.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from functools import lru_cache

LIMIT = 16
"""Invocations of one function in one chain of events before Lambda stops it."""


def root(*, sampled: bool) -> str:
    """Make the header of a new chain of events, traced by X-Ray or not."""
    digits = secrets.token_hex(20)
    trace = f"1-{int(time.time()):08x}-{digits[:24]}"
    return f"Root={trace};Parent={digits[24:]};Sampled={int(sampled)}"


def advance(header: str | None, function_arn: str) -> tuple[str, int]:
    """Count one more invocation of a function in a chain of events.

    Returns the header for that invocation, made up where none came, and how often
    the chain has now invoked the function: above ``LIMIT`` it has to be stopped.
    """
    fields = dict(
        field.strip().split("=", 1)
        for field in (header or "").split(";")
        if "=" in field
    )
    earlier = _counts(fields.pop("Lineage", ""))
    function = _resource(function_arn)
    earlier[function] = earlier.get(function, -1) + 1
    if not {"Root", "Parent", "Sampled"} <= fields.keys():
        made_up = (field.split("=", 1) for field in root(sampled=False).split(";"))
        fields = {**dict(made_up), **fields}
    fields["Lineage"] = "|".join(f"{name}:{count}" for name, count in earlier.items())
    grown = ";".join(f"{name}={value}" for name, value in fields.items())
    return grown, earlier[function] + 1


def root_of(header: str | None) -> str:
    """Read the trace id, which a chain of events has in common; empty without one."""
    fields = (field.strip() for field in (header or "").split(";"))
    return next((one[5:] for one in fields if one.startswith("Root=")), "")


@lru_cache(maxsize=1024)
def _resource(arn: str) -> str:
    return "1:" + hashlib.sha256(arn.encode()).hexdigest()[:8]


def _counts(lineage: str) -> dict[str, int]:
    counts = {}
    for entry in lineage.split("|"):
        name, _, count = entry.rpartition(":")
        if name and count.isdecimal():
            counts[name] = int(count)
    return counts
