"""Lambda: runtimes, limits and defaults."""

from __future__ import annotations

from datetime import date

from grader.facts.fact import Fact

_GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg/"
_LIMITS = _GUIDE + "gettingstarted-limits.html"
_CONFIGURATION = _GUIDE + "configuration-function-common.html"

DEFAULT_PYTHON_RUNTIME = Fact("python3.13", "runtime", _GUIDE + "lambda-runtimes.html")
DEFAULT_NODE_RUNTIME = Fact("nodejs24.x", "runtime", _GUIDE + "lambda-runtimes.html")
NEWEST_PYTHON_RUNTIME = Fact("python3.14", "runtime", _GUIDE + "lambda-runtimes.html")
RUNTIME_END_OF_SUPPORT = {
    "nodejs22.x": Fact(date(2027, 4, 30), "date", _GUIDE + "lambda-runtimes.html"),
    "nodejs24.x": Fact(date(2028, 4, 30), "date", _GUIDE + "lambda-runtimes.html"),
    "python3.13": Fact(date(2029, 6, 30), "date", _GUIDE + "lambda-runtimes.html"),
    "python3.14": Fact(date(2029, 6, 30), "date", _GUIDE + "lambda-runtimes.html"),
}

# Runtimes for which Lambda refuses to create and to update functions.
RETIRED_RUNTIMES = Fact(
    frozenset(
        {
            "nodejs",
            "nodejs4.3",
            "nodejs4.3-edge",
            "nodejs6.10",
            "nodejs8.10",
            "nodejs10.x",
            "nodejs12.x",
            "nodejs14.x",
            "nodejs16.x",
            "python2.7",
            "python3.6",
            "python3.7",
            "python3.8",
            "dotnetcore1.0",
            "dotnetcore2.0",
            "dotnetcore2.1",
            "dotnetcore3.1",
            "dotnet6",
            "go1.x",
            "java8",
            "provided",
            "ruby2.5",
            "ruby2.7",
        }
    ),
    "runtimes",
    _GUIDE + "lambda-runtimes.html#runtimes-deprecated",
)

DEFAULT_TIMEOUT = Fact(3, "s", _CONFIGURATION)
MAXIMUM_TIMEOUT = Fact(900, "s", _LIMITS)
DEFAULT_MEMORY = Fact(128, "MB", _CONFIGURATION)
MAXIMUM_MEMORY = Fact(10_240, "MB", _LIMITS)
MEMORY_PER_CPU = Fact(1_769, "MB", _GUIDE + "configuration-memory.html")
DEFAULT_EPHEMERAL_STORAGE = Fact(512, "MB", _LIMITS)
MAXIMUM_EPHEMERAL_STORAGE = Fact(10_240, "MB", _LIMITS)
ENVIRONMENT_SIZE = Fact(4_096, "bytes", _LIMITS)
ZIPPED_PACKAGE_SIZE = Fact(52_428_800, "bytes", _LIMITS)
UNZIPPED_PACKAGE_SIZE = Fact(262_144_000, "bytes", _LIMITS)
CODE_STORAGE = Fact(80_530_636_800, "bytes", _LIMITS)
LAYERS_PER_FUNCTION = Fact(5, "layers", _LIMITS)
CONCURRENCY = Fact(1_000, "concurrent executions", _LIMITS)
UNRESERVED_MINIMUM = Fact(
    100, "concurrent executions", _GUIDE + "configuration-concurrency.html"
)
RESOURCE_POLICY_SIZE = Fact(20_480, "bytes", _LIMITS)
SYNCHRONOUS_PAYLOAD = Fact(6 * 1024 * 1024, "bytes", _LIMITS)
ASYNCHRONOUS_PAYLOAD = Fact(1024 * 1024, "bytes", _LIMITS)
MAXIMUM_EVENT_AGE = Fact(21_600, "s", _GUIDE + "invocation-async-error-handling.html")
MAXIMUM_RETRIES = Fact(2, "retries", _GUIDE + "invocation-async-error-handling.html")
