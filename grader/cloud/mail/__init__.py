"""Amazon SES: who may send to whom, how much, and what was sent.

moto takes every identity for verified, forgets recipients and quotas, and keeps one of
a message's two bodies.
"""

from __future__ import annotations


def prepare(service: str) -> None:
    """Lay our answers over moto's SES before it gives its first."""
    if service == "ses":
        from grader.cloud.mail import answers, answers_v2

        answers.install()
        answers_v2.install()
