"""A policy is a value that travels as JSON."""

from __future__ import annotations

from grader.sandbox import Policy


def test_a_policy_travels_as_json() -> None:
    """Through a fork server's order or a command line, and is the same after it."""
    policy = Policy(
        read_only={"/a": "/b"},
        masked=("/a/secret",),
        copied={"/home/learner/x": "/y"},
        sockets={"/sockets": "/z"},
        ports=(80,),
        listens=(81, 82),
        environment={"A": "1"},
        memory=64,
    )
    assert Policy.from_json(policy.to_json()) == policy
