"""How people sign in to an account, and for how long."""

from __future__ import annotations

from datetime import date

from grader.facts.fact import Fact

_READ = date(2026, 11, 25)
_SIGN_IN = "https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sign-in.html"

LOGIN_CLI_VERSION = Fact("2.32.0", "version of the AWS CLI", _SIGN_IN, as_of=_READ)
LOGIN_DURATION = Fact(12, "hours at most", _SIGN_IN, as_of=_READ)
ASSUMED_ROLE_DURATION = Fact(
    3_600,
    "s unless asked otherwise",
    "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html",
    as_of=_READ,
)
