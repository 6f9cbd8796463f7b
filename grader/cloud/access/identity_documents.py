"""Identity-based policies: what IAM takes for one, where moto takes other things.

moto takes a Principal, any Sid and white space before the document, and refuses
numbers as the values of conditions.
Follows "Grammar of the IAM JSON policy language" in the IAM user guide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from moto.iam.exceptions import MalformedPolicyDocument
from moto.iam.policy_validation import IAMPolicyDocumentValidator

from grader.cloud.access.malformed import MalformedDocument

_SID = "[0-9A-Za-z]*"


def check_identity_document(text: str) -> None:
    """Refuse what isn't an identity-based policy. Raises: MalformedDocument."""
    if text[:1].isspace():
        raise MalformedDocument("The policy failed legacy parsing")
    try:
        IAMPolicyDocumentValidator(_with_texts(text)).validate()
    except MalformedPolicyDocument as malformed:
        raise MalformedDocument(malformed.message) from None
    listed = json.loads(text)["Statement"]
    for statement in listed if isinstance(listed, list) else [listed]:
        if "Principal" in statement or "NotPrincipal" in statement:
            raise MalformedDocument("Policy document should not specify a principal.")
        if not re.fullmatch(_SID, statement.get("Sid", "")):
            raise MalformedDocument(
                "Statement IDs (SID) must be alpha-numeric. Check that your input"
                f" satisfies the regular expression {_SID}"
            )


def _with_texts(text: str) -> str:
    """The document with numbers as text: for them quotation marks are optional."""
    try:
        content = json.loads(text, parse_int=str, parse_float=str)
    except ValueError:
        return text
    return json.dumps(content) if isinstance(content, Mapping) else text
