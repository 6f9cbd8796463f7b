"""Every resource of an account, read from where moto and we keep them."""

from grader.cloud.resources.account import of_account
from grader.cloud.resources.resource import Resource

__all__ = ["Resource", "of_account"]
