"""S3 websites over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from tests.cloud.gateway.conftest import REGION, Site

SITE = {"IndexDocument": {"Suffix": "index.html"}}


def bucket(
    site: Site,
    *keys: str,
    website: Any = SITE,
    actions: Iterable[str] = ("s3:GetObject", "s3:ListBucket"),
) -> str:
    """Create a bucket with these pages and a public policy; its name."""
    s3, name = site.client("s3"), site.name("site")
    s3.create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    s3.delete_public_access_block(Bucket=name)
    for key in keys:
        s3.put_object(Bucket=name, Key=key, Body=key.encode(), ContentType="text/html")
    if website is not None:
        s3.put_bucket_website(Bucket=name, WebsiteConfiguration=website)
    statements = [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": action,
            "Resource": f"arn:aws:s3:::{name}{'/*' if 'Object' in action else ''}",
        }
        for action in actions
    ]
    if statements:
        policy = {"Version": "2012-10-17", "Statement": statements}
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
    return name


def page(site: Site, name: str, path: str) -> str:
    """Write the address of a page."""
    return f"{site.cloud.endpoint_url}/_aws/website/{name}{path}"


@pytest.mark.parametrize(
    ("path", "key"),
    [("/", "index.html"), ("/docs/", "docs/index.html"), ("/a%20b.html", "a b.html")],
)
def test_documents_are_served(site: Site, path: str, key: str) -> None:
    """A folder is answered with its index document."""
    name = bucket(site, "index.html", "docs/index.html", "a b.html")
    answer = site.request(page(site, name, path))
    assert (answer.status, answer.body) == (200, key.encode())
    assert answer.headers["Content-Type"] == "text/html"


def test_folder_without_its_slash_is_redirected(site: Site) -> None:
    """/docs leads to /docs/ where that has an index document."""
    name = bucket(site, "docs/index.html")
    answer = site.request(page(site, name, "/docs"))
    assert answer.status == 302
    assert answer.headers["Location"] == f"/_aws/website/{name}/docs/"


def test_private_object_is_forbidden(site: Site) -> None:
    """An object that isn't public is 403, in a page of S3's."""
    answer = site.request(page(site, bucket(site, "index.html", actions=()), "/"))
    assert answer.status == 403
    assert b"<li>Code: AccessDenied</li>" in answer.body
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


def test_public_acl_is_enough(site: Site) -> None:
    """An object with a public-read ACL needs no policy, where a bucket has ACLs."""
    name = bucket(site, actions=())
    site.client("s3").put_bucket_ownership_controls(
        Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    site.client("s3").put_object(
        Bucket=name, Key="index.html", Body=b"hi", ACL="public-read"
    )
    assert site.request(page(site, name, "/")).body == b"hi"


def test_blocked_public_access_wins(site: Site) -> None:
    """RestrictPublicBuckets takes a public policy's effect away."""
    name = bucket(site, "index.html")
    site.client("s3").put_public_access_block(
        Bucket=name,
        PublicAccessBlockConfiguration={
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        },
    )
    assert site.request(page(site, name, "/")).status == 403


def test_missing_object_is_not_found(site: Site) -> None:
    """Who may list the bucket is told that the key doesn't exist."""
    answer = site.request(page(site, bucket(site), "/nope.html"))
    assert answer.status == 404
    assert b"<li>Code: NoSuchKey</li>" in answer.body
    assert b"<li>Key: nope.html</li>" in answer.body


def test_missing_object_is_forbidden_to_who_may_not_list(site: Site) -> None:
    """Without s3:ListBucket a missing object looks like a private one."""
    name = bucket(site, actions=["s3:GetObject"])
    assert site.request(page(site, name, "/nope.html")).status == 403


def test_error_document_keeps_the_status(site: Site) -> None:
    """The error document is served with the error's status."""
    website = {**SITE, "ErrorDocument": {"Key": "error.html"}}
    name = bucket(site, "error.html", website=website)
    answer = site.request(page(site, name, "/nope.html"))
    assert (answer.status, answer.body) == (404, b"error.html")


def test_no_configuration_is_not_found(site: Site) -> None:
    """A bucket without a website configuration says so."""
    answer = site.request(page(site, bucket(site, website=None), "/"))
    assert answer.status == 404
    assert b"<li>Code: NoSuchWebsiteConfiguration</li>" in answer.body


def test_no_bucket_is_not_found(site: Site) -> None:
    """So does the address of no bucket."""
    answer = site.request(page(site, "no-such-bucket", "/"))
    assert answer.status == 404
    assert b"<li>Code: NoSuchBucket</li>" in answer.body


def test_only_get_and_head(site: Site) -> None:
    """A website is for reading."""
    answer = site.request(page(site, bucket(site, "index.html"), "/"), "POST")
    assert answer.status == 405


def test_all_requests_redirected(site: Site) -> None:
    """RedirectAllRequestsTo sends everything to another host."""
    website = {
        "RedirectAllRequestsTo": {"HostName": "example.com", "Protocol": "https"}
    }
    answer = site.request(page(site, bucket(site, website=website), "/a?b=c"))
    assert answer.status == 301
    assert answer.headers["Location"] == "https://example.com/a?b=c"


def test_website_endpoint_by_host(site: Site) -> None:
    """The website endpoint's Host form reaches it at the root."""
    name = bucket(site, "index.html")
    host = f"{name}.s3-website.{REGION}.amazonaws.com"
    answer = site.request(f"{site.cloud.endpoint_url}/", headers={"Host": host})
    assert answer.body == b"index.html"
