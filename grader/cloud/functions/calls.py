"""One control-plane call, and the table of the operations that answer it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grader.cloud.functions import storage

if TYPE_CHECKING:
    from grader.cloud.functions.storage import FunctionsBackend

Members = Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """A parsed and validated request to one operation.

    ``endpoint`` is the scheme, host and port that the caller used; download
    addresses start with it.
    """

    operation: str
    account: str
    region: str
    parameters: Members
    endpoint: str

    @property
    def backend(self) -> FunctionsBackend:
        """The storage of the call's account and Region."""
        return storage.backend(self.account, self.region)

    def get(self, name: str, default: Any = None) -> Any:
        """Return a parameter, or the default where the caller left it out."""
        return self.parameters.get(name, default)

    def __getitem__(self, name: str) -> Any:
        return self.parameters[name]

    def __contains__(self, name: str) -> bool:
        return name in self.parameters


Operation = Callable[[Call], Members | None]
operations: dict[str, Operation] = {}


def operation(name: str) -> Callable[[Operation], Operation]:
    """Register what answers an operation, by its name in the service model."""

    def register(function: Operation) -> Operation:
        operations[name] = function
        return function

    return register
