"""Tags of objects and buckets, as S3 takes them.

moto fails on none, refuses a key that begins with "aws" as if it were "aws:", and takes
one key twice. Follows "Categorizing your objects using tags" in the S3 user guide.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from grader import facts
from grader.cloud.s3.errors import Refused, malformed

_HEADER = (
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query"
    " parameters without tag name duplicates."
)


def from_header(text: str) -> dict[str, str]:
    """Read the tags that an upload brings in its header.

    Raises:
        Refused: InvalidArgument, InvalidTag or BadRequest.
    """
    pairs = parse_qsl(text, keep_blank_values=True)
    if len({name for name, _ in pairs}) < len(pairs):
        raise Refused(
            "InvalidArgument",
            _HEADER,
            ArgumentName="x-amz-tagging",
            ArgumentValue=text,
        )
    return _checked(pairs)


def from_elements(
    tagging: Mapping[str, Any], of: str = "Object", most: int | None = None
) -> dict[str, str]:
    """Read the tags of a body; none is a set of tags as well.

    Raises:
        Refused: MalformedXML, InvalidTag or BadRequest.
    """
    if "TagSet" not in tagging:
        raise malformed()
    elements = (tagging["TagSet"] or {}).get("Tag") or []
    elements = elements if isinstance(elements, list) else [elements]
    try:
        pairs = [(one["Key"] or "", one.get("Value") or "") for one in elements]
    except (KeyError, TypeError):
        raise malformed() from None
    return _checked(pairs, of, most)


def _checked(
    pairs: Sequence[tuple[str, str]], of: str = "Object", most: int | None = None
) -> dict[str, str]:
    limits = facts.aws_s3
    most = most or limits.TAGS_PER_OBJECT.value
    if len(pairs) > most:
        raise Refused("BadRequest", f"{of} tags cannot be greater than {most}")
    tags: dict[str, str] = {}
    for name, value in pairs:
        if name in tags:
            message = "Cannot provide multiple Tags with the same key"
            raise Refused("InvalidTag", message, TagKey=name)
        if not 0 < len(name) <= limits.TAG_KEY_LENGTH.value:
            message = "The TagKey you have provided is invalid"
            raise Refused("InvalidTag", message, TagKey=name)
        if name.lower().startswith("aws:"):
            message = "Your TagKey cannot be prefixed with aws:"
            raise Refused("InvalidTag", message, TagKey=name)
        if len(value) > limits.TAG_VALUE_LENGTH.value:
            message = "The TagValue you have provided is invalid"
            raise Refused("InvalidTag", message, TagKey=name, TagValue=value)
        tags[name] = value
    return tags
