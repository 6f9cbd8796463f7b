"""Sessions: for how long temporary credentials may be asked for."""

from __future__ import annotations

from grader.facts.fact import Fact

_API = "https://docs.aws.amazon.com/STS/latest/APIReference/"

SHORTEST_SESSION = Fact(900, "s", _API + "API_AssumeRole.html")
LONGEST_ROLE_SESSION = Fact(43_200, "s", _API + "API_AssumeRole.html")
LONGEST_USER_SESSION = Fact(129_600, "s", _API + "API_GetSessionToken.html")
SHORTEST_ROLE_MAXIMUM = Fact(
    3600,
    "s",
    "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html",
)
