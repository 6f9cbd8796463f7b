"""CloudWatch Logs: events, filter patterns, metric filters, retention."""

from __future__ import annotations

from grader.cloud.logs.control import install

__all__ = ["install"]
