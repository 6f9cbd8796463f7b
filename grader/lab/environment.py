"""The variables that lead boto3, the AWS CLI and every other tool to the lab."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from grader.lab import sessions

# What could lead a client away from the lab, to a real account or through a proxy.
_HIDDEN = (
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_CA_BUNDLE",
)
# Version 2 of S3's signatures doesn't say when a presigned URL was made.
_CONFIGURATION = Path(__file__).parent / "aws_config"
_LOCAL = "127.0.0.1,localhost"


@dataclass
class Environment:
    """Points this process at an endpoint, and afterwards puts back what was there."""

    _before: dict[str, str | None] = field(default_factory=dict)

    def enter(self, endpoint_url: str, region: str) -> None:
        """Set the variables; `leave` undoes it."""
        hidden = [
            *_HIDDEN,
            *(n for n in os.environ if n.startswith("AWS_ENDPOINT_URL_")),
        ]
        proxies = os.environ.get("NO_PROXY") or os.environ.get("no_proxy")
        direct = f"{proxies},{_LOCAL}" if proxies else _LOCAL
        wanted: dict[str, str | None] = {
            **dict.fromkeys(hidden),
            "AWS_ENDPOINT_URL": endpoint_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": region,
            "AWS_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
            # Profiles may name endpoints and real keys; in the lab nobody reads them.
            "AWS_CONFIG_FILE": str(_CONFIGURATION),
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": direct,
            "no_proxy": direct,
        }
        for name, value in wanted.items():
            self._before.setdefault(name, os.environ.get(name))
            _set(name, value)
        sessions.renew_default()

    def leave(self) -> None:
        """Put back every variable as it was; a second time does nothing."""
        for name, value in self._before.items():
            _set(name, value)
        if self._before:
            sessions.forget_default()
        self._before.clear()


def _set(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
