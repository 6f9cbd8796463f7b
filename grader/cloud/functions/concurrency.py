"""Reserved concurrency and the account's limits."""

from __future__ import annotations

from grader import facts
from grader.cloud.functions import code_storage
from grader.cloud.functions.calls import Call, Members, operation
from grader.cloud.functions.errors import invalid, unqualified_only
from grader.cloud.functions.functions import named, unqualified
from grader.cloud.functions.storage import FunctionsBackend, backend
from grader.cloud.functions.stored_function import StoredFunction


def reserved_concurrency(account: str, region: str, name: str) -> int | None:
    """Return how many concurrent executions are kept for a function, if any."""
    latest = backend(account, region).latest(name)
    reserved: int | None = latest.reserved_concurrency if latest else None
    return reserved


def account_limit(account: str, region: str) -> int:
    """Return how many executions may run at once in an account and Region."""
    return facts.aws_lambda.CONCURRENCY.value


def unreserved_concurrency(account: str, region: str) -> int:
    """Return how many executions may run at once that no function has reserved."""
    return unreserved(backend(account, region))


def unreserved(functions: FunctionsBackend) -> int:
    """Return how much of the account's limit no function has reserved."""
    limit = account_limit(functions.account_id, functions.region_name)
    return limit - sum(one.reserved_concurrency or 0 for one in _latest(functions))


def _latest(functions: FunctionsBackend) -> list[StoredFunction]:
    found = (functions.latest(name) for name in functions.names())
    return [function for function in found if function is not None]


def _only_function(call: Call) -> StoredFunction:
    if named(call).qualifier is not None:
        raise unqualified_only()
    return unqualified(call)


@operation("PutFunctionConcurrency")
def put_function_concurrency(call: Call) -> Members:
    """Keep part of the account's concurrency for one function.

    moto has no account limit by default.
    https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html
    """
    function = _only_function(call)
    wanted: int = call["ReservedConcurrentExecutions"]
    left = unreserved(call.backend) + (function.reserved_concurrency or 0) - wanted
    if left < facts.aws_lambda.UNRESERVED_MINIMUM.value:
        raise invalid(
            "Specified ReservedConcurrentExecutions for function decreases account's"
            " UnreservedConcurrentExecution below its minimum value of"
            f" [{facts.aws_lambda.UNRESERVED_MINIMUM.value}]."
        )
    provisioned = sum(one.requested for one in function.record.provisioned.values())
    if provisioned > wanted:
        raise invalid(
            f"ReservedConcurrentExecutions  {wanted} should not be lower than"
            f" function's total provisioned concurrency [{provisioned}]."
        )
    function.reserved_concurrency = wanted
    return {"ReservedConcurrentExecutions": wanted}


@operation("GetFunctionConcurrency")
def get_function_concurrency(call: Call) -> Members:
    """Return a function's reserved concurrency; nothing where it has none."""
    reserved = _only_function(call).reserved_concurrency
    return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}


@operation("DeleteFunctionConcurrency")
def delete_function_concurrency(call: Call) -> None:
    """Give a function's reserved concurrency back to the account."""
    _only_function(call).reserved_concurrency = None


@operation("GetAccountSettings")
def get_account_settings(call: Call) -> Members:
    """Return the account's limits and use. moto has no such operation."""
    functions = call.backend
    return {
        "AccountLimit": {
            "TotalCodeSize": facts.aws_lambda.CODE_STORAGE.value,
            "CodeSizeUnzipped": facts.aws_lambda.UNZIPPED_PACKAGE_SIZE.value,
            "CodeSizeZipped": facts.aws_lambda.ZIPPED_PACKAGE_SIZE.value,
            "ConcurrentExecutions": account_limit(call.account, call.region),
            "UnreservedConcurrentExecutions": unreserved(functions),
        },
        "AccountUsage": {
            "TotalCodeSize": code_storage.used(functions),
            "FunctionCount": len(_latest(functions)),
        },
    }
