"""CloudWatch: metrics, and alarms on the lab's clock."""

from __future__ import annotations

from grader.cloud.monitoring.gateway_metrics import ApiRequest
from grader.cloud.monitoring.log_metrics import Incoming
from grader.cloud.monitoring.metrics import Metric
from grader.cloud.monitoring.monitoring import Monitoring
from grader.cloud.monitoring.storage import backend

__all__ = ["ApiRequest", "Incoming", "Metric", "Monitoring", "backend"]
