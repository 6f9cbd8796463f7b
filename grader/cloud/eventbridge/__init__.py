"""EventBridge: buses, rules and targets, archives and replays, API destinations.

moto keeps the resources and delivers within the sender's request; ``bridge`` delivers
once the sender has its answer.
"""

from __future__ import annotations


def prepare(service: str) -> None:
    """Lay our answers over moto's EventBridge before it gives its first.

    moto's EventBridge is imported by the first request that needs it.
    """
    if service in ("events", "cloudformation", "tagging"):
        from grader.cloud.eventbridge.control import install

        install()
