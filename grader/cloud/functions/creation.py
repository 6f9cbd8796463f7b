"""CreateFunction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from grader.cloud.functions import configuration, constraints, names, packages, settings
from grader.cloud.functions.calls import Call, Members, operation
from grader.cloud.functions.changes import Change, announce
from grader.cloud.functions.errors import conflict, invalid, unmodelled
from grader.cloud.functions.stored_function import StoredFunction
from grader.cloud.functions.tags import TAG_LIMIT

if TYPE_CHECKING:
    from grader.cloud.functions.storage import FunctionsBackend

_NAME_LENGTH = 64


@operation("CreateFunction")
def create_function(call: Call) -> Members:
    """Create a function; with Publish also its version 1.

    https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
    """
    function = create(call.backend, call.parameters)
    if call.get("Publish"):
        version = call.backend.publish(function.function_name, None)
        return configuration.created(version)
    return configuration.created(function)


def create(backend: FunctionsBackend, wanted: Mapping[str, Any]) -> StoredFunction:
    """Check and store a new function.

    Raises:
        AWSError: as CreateFunction answers.
    """
    account, region = backend.account_id, backend.region_name
    named = names.parse(
        account, region, wanted["FunctionName"], operation="CreateFunction"
    )
    if named.qualifier is not None:
        raise invalid("The function name for CreateFunction must not have a qualifier.")
    if len(named.name) > _NAME_LENGTH:
        raise constraints.violation(
            named.name,
            "functionName",
            f"Member must have length less than or equal to {_NAME_LENGTH}",
        )
    if wanted.get("PackageType", "Zip") == "Image":
        raise unmodelled("functions from container images (PackageType Image)")
    if "Runtime" not in wanted or "Handler" not in wanted:
        raise invalid(
            "Runtime and Handler are mandatory parameters for functions created with"
            " deployment packages."
        )
    if len(wanted.get("Tags", {})) > TAG_LIMIT:
        raise invalid("Number of tags exceeds resource tag limit.")
    settings.check(account, region, wanted, function=named.name, role=wanted["Role"])
    package = packages.package_of(account, region, wanted["Code"])
    if backend.latest(named.name) is not None:
        raise conflict(f"Function already exist: {named.name}")
    function = StoredFunction(account, region, named.name, wanted["Role"])
    settings.apply(function, wanted)
    function.architectures = list(wanted.get("Architectures", ["x86_64"]))
    function.tags = dict(wanted.get("Tags", {}))
    function.set_package(package)
    backend.put(function)
    announce(Change(account, region, named.name, names.LATEST))
    return function
