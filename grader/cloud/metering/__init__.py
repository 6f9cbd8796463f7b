"""What an account used, metered as it happens, and what it would cost on AWS."""

from grader.cloud.metering.metering import Metering

__all__ = ["Metering"]
