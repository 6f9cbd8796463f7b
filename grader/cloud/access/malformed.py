"""The error for a text that IAM doesn't take as a policy document."""

from __future__ import annotations


class MalformedDocument(Exception):
    """Not a policy document; the message is AWS's for MalformedPolicyDocument."""
