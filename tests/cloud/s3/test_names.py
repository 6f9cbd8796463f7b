"""Which names S3 takes for a bucket."""

from __future__ import annotations

import pytest

from grader.cloud.s3 import names
from grader.cloud.s3.errors import Refused


@pytest.mark.parametrize("name", ["abc", "a" * 63, "www.photos.example", "0-photos-9"])
def test_name_is_taken(name: str) -> None:
    """Lowercase letters, digits, hyphens and periods."""
    names.check(name)


@pytest.mark.parametrize(
    "name",
    [
        "ab",
        "a" * 64,
        "Photos",
        "photos_2026",
        "fotos-é",
        "-photos",
        "photos-",
        "pho..tos",
        "192.168.5.4",
        "xn--photos",
        "sthree-photos",
        "amzn-s3-demo-photos",
        "photos-s3alias",
        "photos--ol-s3",
        "photos.mrap",
        "photos--x-s3",
        "photos--table-s3",
    ],
)
def test_name_is_refused(name: str) -> None:
    """Anything else, and what S3 keeps for itself."""
    with pytest.raises(Refused) as refused:
        names.check(name)
    assert refused.value.code == "InvalidBucketName"
