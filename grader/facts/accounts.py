"""Regions, and how people sign in to an account."""

from __future__ import annotations

from datetime import date

from grader.facts.fact import Fact

_READ = date(2026, 11, 25)
_BOUNDARIES = (
    "https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/"
)
_SIGN_IN = "https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sign-in.html"

ZONES_PER_REGION = Fact(
    3, "Availability Zones at least", _BOUNDARIES + "regions.html", as_of=_READ
)
LOGIN_CLI_VERSION = Fact("2.32.0", "version of the AWS CLI", _SIGN_IN, as_of=_READ)
LOGIN_DURATION = Fact(12, "hours at most", _SIGN_IN, as_of=_READ)
ASSUMED_ROLE_DURATION = Fact(
    3_600,
    "s unless asked otherwise",
    "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html",
    as_of=_READ,
)
OBJECTS_PER_PAGE = Fact(
    1_000,
    "keys at most",
    "https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html",
    as_of=_READ,
)
