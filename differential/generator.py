"""Random pairs of policies and a request, over the whole grammar."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from differential.documents import documents, plain_documents
from differential.pairs import Document, Pair
from differential.requests import Asked, requests


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    """A request with such policies as its principal and its resource can have."""
    asked = draw(requests())
    kind = asked.principal["kind"]
    owned = kind in ("user", "assumed-role", "federated-user")
    sessions = kind in ("assumed-role", "federated-user")

    # Every role has a trust policy and every key a key policy.
    always = asked.kind != "resource"
    if owned and not always and draw(st.booleans()):
        return _plain(asked, draw(plain_documents(asked)))

    def perhaps(possible: bool) -> Any:
        return draw(documents(asked)) if possible and draw(st.booleans()) else None

    return Pair(
        asked.principal,
        asked.action,
        asked.resource,
        asked.owner,
        asked.context,
        draw(st.lists(documents(asked), max_size=2)) if owned else [],
        perhaps(owned and draw(st.booleans())),
        perhaps(sessions),
        draw(documents(asked, attached=True))
        if always or draw(st.booleans())
        else None,
        asked.kind,  # type: ignore[arg-type]
    )


def _plain(asked: Asked, document: Document) -> Pair:
    """A request of somebody who has one policy, on what has none."""
    session = asked.principal["kind"] == "federated-user"
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    allowed = {"Version": "2012-10-17", "Statement": [everything]}
    return Pair(
        asked.principal,
        asked.action,
        asked.resource,
        asked.owner,
        asked.context,
        [document],
        None,
        allowed if session else None,
        None,
        "resource",
    )
