"""Invoke URLs: function URLs, HTTP APIs, REST APIs and websites over HTTP."""

from grader.cloud.gateway.gateway import Gateway

__all__ = ["Gateway"]
