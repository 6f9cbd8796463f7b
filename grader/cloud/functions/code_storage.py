"""How much code may be kept: deployment packages, their versions, and layers.

moto keeps any amount.
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

from grader import facts
from grader.cloud.aws_errors import AWSError
from grader.cloud.functions import storage
from grader.cloud.functions.errors import failure
from grader.cloud.functions.storage import FunctionsBackend

_together: int | None = None


def confine(together: int) -> None:
    """Give all accounts of this process so many bytes of zips together, for good."""
    global _together
    _together = together


def used(backend: FunctionsBackend) -> int:
    """Add up the zips of one account and Region, in bytes.

    A version counts like the function that it is of, and a deleted layer like another:
    functions may still have it.
    """
    names = backend.names()
    versions = [version for name in names for version in backend.versions(name)]
    latest = [found for name in names if (found := backend.latest(name))]
    layers = [layer for several in backend.layer_records.values() for layer in several]
    zips = [len(layer.package) for layer in layers]
    return sum(zips) + sum(one.code_size for one in [*latest, *versions])


def make_room(account: str, region: str, size: int) -> None:
    """Let so many bytes more be kept.

    Raises:
        AWSError: CodeStorageExceededException.
    """
    here = used(storage.backend(account, region))
    if here + size > facts.aws_lambda.CODE_STORAGE.value:
        raise exceeded()
    if _together is None:
        return
    if sum(map(used, storage.backends())) + size > _together:
        raise exceeded(
            f"While graded, all packages, versions and layers may have {_together:,}"
            f" bytes together; AWS allows {facts.aws_lambda.CODE_STORAGE.value:,} in"
            " each Region."
        )


def exceeded(why: str = "") -> AWSError:
    """Make AWS's error, with a sentence of the lab's own where AWS has no limit."""
    message = "Code storage limit exceeded."
    return failure("CodeStorageExceededException", f"{message} {why}".strip())
