"""An event source mapping: which source is polled for which function, and how.

https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from grader.cloud.polling.filters import NO_FILTERS, Filters

CREATING, ENABLING, ENABLED = "Creating", "Enabling", "Enabled"
DISABLING, DISABLED = "Disabling", "Disabled"
UPDATING, DELETING = "Updating", "Deleting"

REPORT_BATCH_ITEM_FAILURES = "ReportBatchItemFailures"
NOTHING_PROCESSED = "No records processed"
FOREVER = -1
"""Of a record's age and of attempts: no limit."""


@dataclass(frozen=True)
class Settings:
    """What a caller may change. Times are in seconds; -1 means without a limit.

    ``function_arn`` has the qualifier that was given. ``on_failure`` is the ARN of the
    queue, topic or bucket that hears of batches that were given up (streams only).
    """

    function_arn: str
    batch_size: int
    batching_window: int = 0
    filters: Filters = NO_FILTERS
    response_types: tuple[str, ...] = ()
    maximum_concurrency: int | None = None
    on_failure: str | None = None
    maximum_record_age: int = FOREVER
    maximum_retry_attempts: int = FOREVER
    bisect: bool = False
    parallelization_factor: int = 1
    tumbling_window: int = 0

    @property
    def reports_failures(self) -> bool:
        """Whether the function says which items of a batch failed."""
        return REPORT_BATCH_ITEM_FAILURES in self.response_types


@dataclass(eq=False)
class EventSourceMapping:
    """A mapping as it is stored; its poller reads ``settings`` for each batch.

    ``last_modified`` and ``starting_timestamp`` are lab time in epoch seconds.
    ``positions`` is how far a stream has been read, by shard: it outlives the poller,
    so that a mapping that is enabled again goes on where it stopped.
    """

    uuid: str
    account: str
    region: str
    source_arn: str
    settings: Settings
    last_modified: float
    enabled: bool = True
    state: str = CREATING
    state_transition_reason: str = ""
    last_processing_result: str = NOTHING_PROCESSED
    starting_position: str | None = None
    starting_timestamp: float | None = None
    tags: dict[str, str] = field(default_factory=dict)
    positions: dict[str, Any] = field(default_factory=dict)

    @property
    def service(self) -> str:
        """The service of its source: ``sqs``, ``dynamodb`` or ``kinesis``."""
        return self.source_arn.split(":")[2]

    @property
    def arn(self) -> str:
        partition = self.source_arn.split(":")[1]
        return (
            f"arn:{partition}:lambda:{self.region}:{self.account}"
            f":event-source-mapping:{self.uuid}"
        )

    @property
    def function_name(self) -> str:
        return self.settings.function_arn.split(":")[6]

    def change(self, **settings: Any) -> None:
        """Replace some of the settings, from the next batch on."""
        self.settings = replace(self.settings, **settings)
