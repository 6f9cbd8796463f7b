"""CloudWatch and CloudWatch Logs: limits of metrics, alarms, log events and filters."""

from __future__ import annotations

from grader.facts.fact import Fact

_API = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/"
_GUIDE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/"
_LOGS_API = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/"
_LOGS_GUIDE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/"

_PUT = _API + "API_PutMetricData.html"
DATA_PER_REQUEST = Fact(1_000, "metrics", _PUT)
VALUES_PER_DATUM = Fact(150, "values", _PUT)
DIMENSIONS = Fact(30, "dimensions of a metric", _PUT)
OLDEST_DATA = Fact(1_209_600, "s ago", _PUT)
NEWEST_DATA = Fact(7_200, "s ahead", _PUT)

_STATISTICS = _API + "API_GetMetricStatistics.html"
STATISTICS_DATAPOINTS = Fact(1_440, "data points of an answer", _STATISTICS)
# Until which age, in seconds, data has which shortest period, in seconds.
METRIC_RETENTION = Fact(
    ((10_800, 1), (1_296_000, 60), (5_443_200, 300), (39_312_000, 3_600)),
    "s of age, s of period",
    _STATISTICS,
)
METRICS_LISTED_FOR = Fact(1_209_600, "s", _API + "API_ListMetrics.html")
METRICS_PER_PAGE = Fact(500, "metrics", _API + "API_ListMetrics.html")
_DATA = _API + "API_GetMetricData.html"
QUERIES_PER_REQUEST = Fact(500, "queries", _DATA)
QUERY_DATAPOINTS = Fact(100_800, "data points of an answer", _DATA)

_ALARM = _API + "API_PutMetricAlarm.html"
ACTIONS_PER_STATE = Fact(5, "actions of an alarm", _ALARM)
SHORT_ALARM_TIME = Fact(86_400, "s of all periods shorter than an hour", _ALARM)
LONG_ALARM_TIME = Fact(604_800, "s of all periods", _ALARM)
METRICS_PER_ALARM = Fact(10, "metrics", _GUIDE + "cloudwatch_limits.html")
ALARMS_PER_RULE = Fact(100, "alarms", _API + "API_PutCompositeAlarm.html")
ALARM_HISTORY = Fact(1_209_600, "s", _GUIDE + "AlarmThatSendsEmail.html")

_EVENTS = _LOGS_API + "API_PutLogEvents.html"
EVENTS_PER_BATCH = Fact(10_000, "events", _EVENTS)
BATCH_SIZE = Fact(1_048_576, "bytes", _EVENTS)
EVENT_OVERHEAD = Fact(26, "bytes of an event", _EVENTS)
BATCH_SPAN = Fact(86_400, "s", _EVENTS)
OLDEST_EVENT = Fact(1_209_600, "s ago", _EVENTS)
NEWEST_EVENT = Fact(7_200, "s ahead", _EVENTS)
EVENTS_PER_PAGE = Fact(10_000, "events", _LOGS_API + "API_FilterLogEvents.html")
PAGE_SIZE = Fact(1_048_576, "bytes", _LOGS_API + "API_GetLogEvents.html")
RETENTION_DAYS = Fact(
    (
        *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096),
        *(1827, 2192, 2557, 2922, 3288, 3653),
    ),
    "days",
    _LOGS_API + "API_PutRetentionPolicy.html",
)
METRIC_FILTERS = Fact(
    100, "metric filters of a log group", _LOGS_API + "API_PutMetricFilter.html"
)
FILTER_DIMENSIONS = Fact(
    3, "dimensions of a metric filter", _LOGS_API + "API_MetricTransformation.html"
)
SUBSCRIPTION_FILTERS = Fact(
    2,
    "subscription filters of a log group",
    _LOGS_API + "API_PutSubscriptionFilter.html",
)
PATTERN_REGEXES = Fact(
    2,
    "regular expressions of a filter pattern",
    _LOGS_GUIDE + "FilterAndPatternSyntax.html",
)
