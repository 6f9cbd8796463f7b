"""contact-form-origins: which pages may use the form."""

from __future__ import annotations

from grader.checks.exercise import Failed, Work, exercise
from grader.checks.phase2_contact import MISCONCEPTIONS, Form, build, message_of
from grader.checks.probe import Probe
from grader.lab.answers import Answer

ALLOW_ORIGIN = "access-control-allow-origin"


@exercise(
    "contact-form-origins",
    capstone=True,
    misconceptions={
        **MISCONCEPTIONS,
        "no-preflight": "You may think that a browser sends a POST at once. Of another "
        "origin it asks first, with OPTIONS, which headers and methods are allowed.",
        "good-answers-only": "You may think that CORS is for good answers. Without the "
        "header, a page can't even read what was wrong.",
        "star-is-easier": "You may think that a star does no harm. It lets the pages "
        "of everybody in the world send June's form in the name of their visitors.",
        "nearly-the-same": "You may think that an origin which looks alike is the "
        "same. Scheme, host and port are compared whole.",
    },
)
def contact_form_origins(probe: Probe, deploy: Work, *, variation: bool) -> None:
    """Pages of the studio's own site may use the form, and no others."""
    form = build(probe, deploy, variation=variation)
    _preflight(form)
    answer, sent = form.sends(message_of(probe))
    form.expect(sent, answer, 201)
    _let_in(form, answer, f"{sent}, from {form.origin}", "no-preflight")
    answer, sent = form.sends({"name": "Ada"})
    form.expect(sent, answer, 400)
    _let_in(form, answer, f"{sent}, from {form.origin}", "good-answers-only")
    strangers = ["https://elsewhere.example"]
    if variation:
        strangers += [
            f"{form.origin}.elsewhere.example",
            form.origin.replace("https", "http"),
            f"{form.origin}:8443",
            "null",
        ]
    for stranger in strangers:
        _kept_out(form, stranger)


def _ask(form: Form, origin: str) -> tuple[Answer, str]:
    """A browser's preflight request for what the page sends."""
    headers = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,idempotency-key",
    }
    answer = form.probe.http("OPTIONS", f"{form.address}/contact", headers=headers)
    return answer, f"I sent OPTIONS /contact from {origin}, as a browser does"


def _preflight(form: Form) -> None:
    answer, sent = _ask(form, form.origin)
    allowed = {
        name: {
            one.strip().lower() for one in (answer.headers.get(name) or "").split(",")
        }
        for name in ("access-control-allow-methods", "access-control-allow-headers")
    }
    methods, headers = allowed.values()
    complete = {"content-type", "idempotency-key"} <= headers or "*" in headers
    if (
        not 200 <= answer.status < 300
        or answer.headers.get(ALLOW_ORIGIN) not in (form.origin, "*")
        or not {"post", "*"} & methods
        or not complete
    ):
        raise Failed(
            f"{sent}; the browser wouldn't go on.",
            expected=f"a 2xx, {ALLOW_ORIGIN}: {form.origin}, the method POST, and the "
            "headers content-type and idempotency-key",
            observed=f"{answer.status}, {_cors_of(answer)}",
            look="CorsConfiguration in create_api: AllowOrigins, AllowMethods, "
            "AllowHeaders",
            misconception="no-preflight",
        )


def _let_in(form: Form, answer: Answer, sent: str, misconception: str) -> None:
    if answer.headers.get(ALLOW_ORIGIN) not in (form.origin, "*"):
        raise Failed(
            f"{sent}; I got {answer.status}, and the page may not read it.",
            expected=f"{ALLOW_ORIGIN}: {form.origin}",
            observed=_cors_of(answer),
            look="CorsConfiguration in create_api, or the headers of this answer",
            misconception=misconception,
        )


def _kept_out(form: Form, stranger: str) -> None:
    asked, sent = _ask(form, stranger)
    posted, _ = form.sends(message_of(form.probe), origin=stranger)
    for answer, story in ((asked, sent), (posted, f"I sent a message from {stranger}")):
        said = answer.headers.get(ALLOW_ORIGIN)
        if said is not None and said != form.origin:
            raise Failed(
                f"{story}; the answer lets its pages in.",
                expected=f"no {ALLOW_ORIGIN} for {stranger}",
                observed=_cors_of(answer),
                look="AllowOrigins: one origin, the one that deploy_contact is given",
                misconception="star-is-easier" if said == "*" else "nearly-the-same",
            )


def _cors_of(answer: Answer) -> str:
    found = [
        f"{name.lower()}: {value}"
        for name, value in answer.headers.items()
        if name.lower().startswith("access-control-")
    ]
    return "; ".join(found) or "no access-control-… header"
