"""What a check of a REST API operation looks at."""

from __future__ import annotations

from typing import Any, Protocol


class Asked(Protocol):
    """An operation that was asked for: where it is, its names, its members."""

    uri_match: dict[str, str]
    current_account: str

    @property
    def api(self) -> Any:
        """moto's REST API."""

    @property
    def backend(self) -> Any:
        """moto's API Gateway of the account and Region."""

    @property
    def members(self) -> dict[str, Any]:
        """The request's body."""

    def _get_param(self, name: str) -> Any:
        """A parameter of the query."""
