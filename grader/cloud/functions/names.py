"""Function names and ARNs: every form that Lambda takes, and the ones it gives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from moto.utilities.utils import get_partition

from grader.cloud.functions import constraints, service_model
from grader.cloud.functions.errors import failure, invalid, missing

LATEST = "$LATEST"

_NAME = re.compile(
    r"(?:arn:aws[a-zA-Z-]*:lambda:(?P<region>[a-z0-9-]+):(?=\d{12}:function:))?"
    r"(?:(?P<account>\d{12}):)?(?:function:)?"
    r"(?P<name>[a-zA-Z0-9_.-]+)(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9_-]+))?"
)


@dataclass(frozen=True)
class FunctionName:
    """A function as a caller named it: where it is and which version."""

    account: str
    region: str
    name: str
    qualifier: str | None

    @property
    def arn(self) -> str:
        """The ARN with the qualifier, if there is one."""
        return function_arn(self.account, self.region, self.name, self.qualifier)


# Some are built for each invocation.
@lru_cache(maxsize=4096)
def function_arn(
    account: str, region: str, name: str, qualifier: str | None = None
) -> str:
    """Build a function's ARN."""
    partition = get_partition(region)
    arn = f"arn:{partition}:lambda:{region}:{account}:function:{name}"
    return arn if qualifier is None else f"{arn}:{qualifier}"


# Asked several times for each event.
@lru_cache(maxsize=4096)
def parse(
    account: str,
    region: str,
    name_or_arn: str,
    qualifier: str | None = None,
    *,
    operation: str = "GetFunction",
) -> FunctionName:
    """Read a name, partial ARN or ARN, with or without a qualifier.

    Raises:
        AWSError: ValidationException for what is no name,
            InvalidParameterValueException for two different qualifiers,
            ResourceNotFoundException for another Region,
            AccessDeniedException for another account.
    """
    match = _NAME.fullmatch(name_or_arn)
    if match is None:
        pattern = service_model.constraint("NamespacedFunctionName")["pattern"]
        raise constraints.violation(
            name_or_arn,
            "functionName",
            f"Member must satisfy regular expression pattern: {pattern}",
        )
    embedded = match["qualifier"]
    if embedded and qualifier and embedded != qualifier:
        raise invalid(
            "The derived qualifier from the function name does not match the"
            " specified qualifier."
        )
    if match["region"] and match["region"] != region:
        raise missing(
            f"Functions from '{match['region']}' are not reachable in this region"
            f" ('{region}')"
        )
    named = FunctionName(account, region, match["name"], qualifier or embedded)
    if match["account"] and match["account"] != account:
        foreign = function_arn(match["account"], region, match["name"], named.qualifier)
        raise failure(
            "AccessDeniedException",
            f"User: arn:{get_partition(region)}:iam::{account}:root is not authorized"
            f" to perform: lambda:{operation} on resource: {foreign} because no"
            f" resource-based policy allows the lambda:{operation} action",
        )
    return named


def not_found(named: FunctionName) -> Exception:
    """Make the error for a function, version or alias that doesn't exist."""
    return missing(f"Function not found: {named.arn}")
