"""Where a deployed API, function URL or web site answers.

On AWS these are host names; on the lab's one port they are paths:
`/_aws/execute-api/<api-id>/<stage>` (an HTTP API's `$default` stage without the stage),
`/_aws/lambda-url/<url-id>` and `/_aws/website/<bucket>`.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from grader.errors import WrongUse
from grader.lab.listings import items

_API_HOST = re.compile(r"^([a-z0-9]+)\.execute-api\.")
_URL_HOST = re.compile(r"^([a-z0-9]+)\.lambda-url\.")
_SITE_HOST = re.compile(r"^([a-z0-9.-]+)\.s3-website[.-]")
# In these Regions a dash stands before the Region in a web site's host name.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
_DASHED_SITES = (
    "us-east-1",
    "us-west-1",
    "us-west-2",
    "ap-northeast-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "eu-west-1",
    "sa-east-1",
)
_API_ID = re.compile(r"^[a-z0-9]{8,12}$")


class Clients(Protocol):
    """What gives boto3 clients by service name."""

    def client(self, service: str) -> Any:
        """A boto3 client."""


@dataclass(frozen=True)
class Addresses:
    """Finds invoke URLs, written without a slash at the end.

    `endpoint_url` is the lab's, or None for a real account, whose own host names are
    then the answer.
    """

    clients: Clients
    endpoint_url: str | None
    region: str

    def url(self, resource: str | Mapping[str, Any], stage: str | None = None) -> str:
        """The URL of an HTTP API, a REST API's stage, a function URL or a web site.

        `resource`: a function's name or ARN, an API's id or name, the name of a bucket
        with a web site, an AWS URL, or what create_api, create_rest_api or
        create_function_url_config answered.
        """
        if isinstance(resource, Mapping):
            resource = _identifier(resource)
        if not isinstance(resource, str) or not resource:
            raise WrongUse(
                f"{resource!r} is not a resource: give a function's name, an API's id "
                "or name, or an AWS URL"
            )
        if resource.startswith(("http://", "https://")):
            return self.reachable(resource).rstrip("/")
        if _API_ID.match(resource):
            found = self._api(resource, stage) or self._function(resource)
        else:
            found = (
                self._function(resource)
                or self._named_api(resource, stage)
                or self._site(resource)
            )
        if found is None:
            raise WrongUse(
                f"nothing named {resource!r} has an invoke URL in {self.region}: there "
                "is no such HTTP API or REST API, no such function with a function "
                "URL, and no such bucket with a web site"
            )
        return found

    def reachable(self, url: str) -> str:
        """The same URL where it answers: AWS's host names become the lab's paths."""
        if self.endpoint_url is None:
            return url
        parts = urllib.parse.urlsplit(url)
        host = parts.hostname or ""
        if api := _API_HOST.match(host):
            prefix = f"/_aws/execute-api/{api.group(1)}"
        elif function := _URL_HOST.match(host):
            prefix = f"/_aws/lambda-url/{function.group(1)}"
        elif site := _SITE_HOST.match(host):
            prefix = f"/_aws/website/{site.group(1)}"
        else:
            return url
        query = f"?{parts.query}" if parts.query else ""
        return f"{self.endpoint_url}{prefix}{parts.path}{query}"

    def _function(self, name: str) -> str | None:
        client = self.clients.client("lambda")
        try:
            answer = client.get_function_url_config(FunctionName=name)
        except client.exceptions.ClientError as refusal:
            if refusal.response["Error"]["Code"] in (
                "ResourceNotFoundException",
                "ValidationException",
            ):
                return None
            raise
        return self.reachable(answer["FunctionUrl"]).rstrip("/")

    def _site(self, bucket: str) -> str | None:
        client = self.clients.client("s3")
        if re.fullmatch(r"[a-z0-9.-]{3,63}", bucket) is None:
            return None
        try:
            client.get_bucket_website(Bucket=bucket)
            region = client.head_bucket(Bucket=bucket)["BucketRegion"]
        except client.exceptions.ClientError as refusal:
            if refusal.response["Error"]["Code"] in (
                "NoSuchBucket",
                "NoSuchWebsiteConfiguration",
                "AccessDenied",
            ):
                return None
            raise
        mark = "-" if region in _DASHED_SITES else "."
        host = f"http://{bucket}.s3-website{mark}{region}.amazonaws.com"
        return self.reachable(host)

    def _named_api(self, name: str, stage: str | None) -> str | None:
        http, rest = map(self.clients.client, ("apigatewayv2", "apigateway"))
        apis = items(http, "get_apis", "Items")
        ids = [api["ApiId"] for api in apis if api["Name"] == name]
        apis = items(rest, "get_rest_apis", "items")
        ids += [api["id"] for api in apis if api["name"] == name]
        if len(ids) > 1:
            raise WrongUse(
                f"{len(ids)} APIs are named {name!r} ({', '.join(ids)}): give the id"
            )
        return self._api(ids[0], stage) if ids else None

    def _api(self, api_id: str, stage: str | None) -> str | None:
        stages = self._http_stages(api_id)
        if stages is None:
            stages = self._rest_stages(api_id)
        if stages is None:
            return None
        chosen = _stage(api_id, stages, stage)
        suffix = "" if chosen == "$default" else f"/{chosen}"
        host = f"https://{api_id}.execute-api.{self.region}.amazonaws.com"
        return self.reachable(host + suffix)

    def _http_stages(self, api_id: str) -> list[str] | None:
        client = self.clients.client("apigatewayv2")
        try:
            stages = client.get_stages(ApiId=api_id)["Items"]
        except client.exceptions.NotFoundException:
            return None
        return [stage["StageName"] for stage in stages]

    def _rest_stages(self, api_id: str) -> list[str] | None:
        client = self.clients.client("apigateway")
        try:
            stages = client.get_stages(restApiId=api_id)["item"]
        except client.exceptions.NotFoundException:
            return None
        return [stage["stageName"] for stage in stages]


def _stage(api_id: str, stages: list[str], wanted: str | None) -> str:
    if wanted is not None:
        if wanted not in stages:
            raise WrongUse(f"API {api_id} has no stage {wanted!r}: it has {stages}")
        return wanted
    if "$default" in stages:
        return "$default"
    if len(stages) == 1:
        return stages[0]
    if not stages:
        raise WrongUse(f"API {api_id} has no stage yet, so it answers nowhere")
    raise WrongUse(f"API {api_id} has the stages {stages}: choose one with stage=")


def _identifier(answer: Mapping[str, Any]) -> str:
    for key in ("FunctionUrl", "ApiId", "id", "FunctionName"):
        if isinstance(answer.get(key), str):
            return str(answer[key])
    raise WrongUse(
        "that answer names no API, function URL or web site; give a name or an id"
    )
