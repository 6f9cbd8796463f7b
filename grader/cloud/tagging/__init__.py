"""The Resource Groups Tagging API, over the tags that moto and we keep."""

from __future__ import annotations


def prepare(service: str) -> None:
    """Lay our answers over moto's Tagging API before it gives its first."""
    if service == "tagging":
        from grader.cloud.tagging.answers import install

        install()
