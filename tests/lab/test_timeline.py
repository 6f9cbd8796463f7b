from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from grader.errors import LabError
from grader.lab import Cloud
from grader.lab.timeline import Scale, Span, timeline

BEGAN = 1_764_000_000.0


def call(at: float, who: str = "arn:aws:iam::1:root", **more: Any) -> dict[str, Any]:
    return {
        "kind": "call",
        "at": BEGAN + at,
        "seconds": 0.004,
        "action": "s3:PutObject",
        "resource": "arn:aws:s3:::photos/in/a",
        "principal": who,
        "error": "",
        "request_id": "PUT",
        **more,
    }


def delivery(at: float) -> dict[str, Any]:
    return {
        "kind": "delivery",
        "at": BEGAN + at,
        "source": "s3",
        "function": "resize",
        "request_id": "1",
    }


def invocation(at: float, **more: Any) -> dict[str, Any]:
    return {
        "kind": "invocation",
        "at": BEGAN + at,
        "function": "resize",
        "request_id": "1",
        "init": 0.0,
        "seconds": 0.02,
        "status": "success",
        "error": "",
        **more,
    }


def spans(made: Any) -> list[tuple[str, float, float]]:
    return [(s.kind, round(s.start, 3), round(s.end, 3)) for s in made.spans]


def test_an_event_waits_starts_and_runs() -> None:
    """One row has the wait in the queue, INIT and the run."""
    _, row = timeline(
        [call(0), delivery(0.001), invocation(0.004, init=0.1, seconds=0.03)]
    ).rows
    assert row.label == "s3 → resize"
    assert spans(row) == [
        ("waiting", 0.001, 0.004),
        ("INIT", 0.004, 0.104),
        ("running", 0.104, 0.134),
    ]


def test_a_retry_is_in_the_same_row() -> None:
    """What failed, the wait after it, and what came of it."""
    failed = invocation(0, status="error", error="ValueError")
    (row,) = timeline([delivery(0), failed, invocation(60)]).rows
    assert [kind for kind, _, _ in spans(row)] == ["failed", "waiting", "running"]
    assert row.error == ""


def test_who_called_is_told() -> None:
    """The function whose role it was, or you."""
    role = "arn:aws:sts::1:assumed-role/resize-role/resize"
    rows = timeline([call(0), call(1, role, error="AccessDenied")]).rows
    assert rows[0].label == "you: s3:PutObject photos/in/a"
    assert rows[1].label.startswith("resize: ")
    assert rows[1].told == "took 4 ms, AccessDenied"


def test_the_text_has_every_row() -> None:
    """With its moment, what it was and how long it took."""
    text = timeline([call(0), delivery(0.001), invocation(0.001)]).text
    assert text.splitlines() == [
        "From 2025-11-24 16:00:00 UTC, 21 ms in all",
        "      +0 ms  you: s3:PutObject photos/in/a  took 4 ms",
        "      +1 ms  s3 → resize                    ran 20 ms",
    ]


def test_the_picture_has_every_row_and_kind() -> None:
    """Labels at the side, and a legend."""
    drawn = timeline([call(0), delivery(0.001), invocation(0.004, init=0.1)]).figure
    (axes,) = drawn.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "you: s3:PutObject photos/in/a",
        "s3 → resize",
    ]
    (legend,) = drawn.legends
    kinds = [text.get_text() for text in legend.get_texts()]
    assert kinds == ["call", "waiting", "INIT", "running"]


def test_the_picture_leaves_out_quiet_minutes() -> None:
    """What is left out is told; the busy seconds keep their length."""
    scale = Scale(
        [Span("failed", 0, 2), Span("waiting", 2, 62), Span("running", 62, 64)]
    )
    ((_, seconds),) = scale.gaps
    assert seconds == 60
    assert scale.at(2) == 2
    assert scale.at(64) - scale.at(62) == 2
    assert scale.width < 5


def test_nothing_has_happened_yet() -> None:
    """Neither a text nor a picture breaks."""
    empty = timeline([])
    assert empty.text == "No event has run a function yet."
    assert empty.figure.axes


def test_a_real_chain_is_shown(cloud: Cloud, deploy: Callable[..., str]) -> None:
    """timeline() asks the lab; an id says which chain is meant."""
    deploy(cloud, "talk", "print('hello')")
    client = cloud.client("lambda")
    first = client.invoke(FunctionName="talk")["ResponseMetadata"]["RequestId"]
    client.invoke(FunctionName="talk", InvocationType="Event")
    cloud.settle()
    assert [row.label for row in cloud.timeline().rows] == [
        "you: lambda:InvokeFunction function:talk",
        "lambda → talk",
    ]
    assert [row.label for row in cloud.timeline(first).rows] == [
        "you: lambda:InvokeFunction function:talk",
        "talk",
    ]


def test_a_real_account_has_no_timeline() -> None:
    """The refusal says what draws one there."""
    with pytest.raises(LabError, match="X-Ray"):
        Cloud(None, "us-east-1").timeline()


def test_a_request_is_told_as_it_was_sent(
    cloud: Cloud, deploy: Callable[..., str]
) -> None:
    """What came to a function URL begins a chain, and its bad answer is told."""
    deploy(cloud, "door", "raise ValueError('no')")
    client = cloud.client("lambda")
    for action in ("InvokeFunctionUrl", "InvokeFunction"):
        client.add_permission(
            FunctionName="door",
            StatementId=action,
            Action=f"lambda:{action}",
            Principal="*",
            **({"FunctionUrlAuthType": "NONE"} if action.endswith("Url") else {}),
        )
    url = client.create_function_url_config(FunctionName="door", AuthType="NONE")
    cloud.http("GET", cloud.url(url["FunctionUrl"]) + "/notes")
    request, ran = cloud.timeline().rows
    assert (request.label, request.error) == ("GET /notes", "answered with 502")
    assert (ran.label, ran.error) == ("door", "Unhandled")
