"""SES's first API (``ses`` in boto3), where moto's answers aren't SES's.

https://docs.aws.amazon.com/ses/latest/APIReference/Welcome.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.core.errors import COMMON_ERROR_CODES
from moto.core.responses import ActionResult, EmptyResult
from moto.ses.responses import EmailResponse

from grader.cloud.mail import identities, sending
from grader.cloud.mail.errors import Refused, unmodelled
from grader.cloud.mail.sending import Envelope
from grader.cloud.mail.sending_account import sending_account, verified
from grader.cloud.mail.sent import SentMessage

_STATISTICS_PERIOD = 15 * 60
_KINDS = {"EmailAddress": "EMAIL_ADDRESS", "Domain": "DOMAIN"}
# What a destination of SendBulkTemplatedEmail says, by the error that it met.
_BULK_STATUS = {
    "MessageRejected": "MessageRejected",
    "TemplateDoesNotExist": "TemplateDoesNotExist",
    "ConfigurationSetDoesNotExist": "ConfigurationSetDoesNotExist",
    "AccountSendingPausedException": "AccountSendingPaused",
    "Throttling": "AccountThrottled",
}


def verify_email_identity(asked: Any) -> ActionResult:
    identities.ask_again(asked.backend, asked._get_param("EmailAddress"))
    return EmptyResult()


def verify_domain_identity(asked: Any) -> ActionResult:
    domain = asked._get_param("Domain").lower()
    identities.ask_again(asked.backend, domain)
    token = identities.verification_token(asked.backend, domain)
    return ActionResult({"VerificationToken": token})


def verify_domain_dkim(asked: Any) -> ActionResult:
    domain = asked._get_param("Domain").lower()
    identities.ask_again(asked.backend, domain)
    tokens = identities.dkim(asked.backend, domain)["tokens"]
    return ActionResult({"DkimTokens": tokens})


def get_identity_verification_attributes(asked: Any) -> ActionResult:
    backend = asked.backend
    told: dict[str, dict[str, str]] = {}
    for name in asked._get_param("Identities", []):
        if name not in backend.email_identities:
            continue
        status = "Success" if verified(backend, name) else "Pending"
        told[name] = {"VerificationStatus": status}
        if "@" not in name:
            token = identities.verification_token(backend, name)
            told[name]["VerificationToken"] = token
    return ActionResult({"VerificationAttributes": told})


def get_identity_dkim_attributes(asked: Any) -> ActionResult:
    told = {}
    for name in asked._get_param("Identities", []):
        signs = identities.dkim(asked.backend, name)
        told[name] = {
            "DkimEnabled": signs["enabled"],
            "DkimVerificationStatus": signs["status"],
            "DkimTokens": signs["tokens"],
        }
    return ActionResult({"DkimAttributes": told})


def list_identities(asked: Any) -> ActionResult:
    kind = asked._get_param("IdentityType")
    if kind is not None and kind not in _KINDS:
        raise Refused(
            "ValidationError",
            f"1 validation error detected: Value '{kind}' at 'identityType' failed to"
            " satisfy constraint: Member must satisfy enum value set: [Domain,"
            " EmailAddress]",
        )
    names = identities.of_kind(asked.backend, _KINDS.get(kind))
    start = asked._get_param("NextToken") or ""
    size = int(asked._get_param("MaxItems") or 1000)
    left = [name for name in names if name > start]
    page = left[:size]
    told: dict[str, Any] = {"Identities": page}
    if len(left) > size:
        told["NextToken"] = page[-1]
    return ActionResult(told)


def list_verified_email_addresses(asked: Any) -> ActionResult:
    backend = asked.backend
    names = identities.of_kind(backend, "EMAIL_ADDRESS")
    confirmed = [name for name in names if verified(backend, name)]
    return ActionResult({"VerifiedEmailAddresses": confirmed})


def delete_identity(asked: Any) -> ActionResult:
    identities.remove(asked.backend, asked._get_param("Identity"))
    return EmptyResult()


def send_email(asked: Any) -> ActionResult:
    message: Mapping[str, Any] = asked._get_param("Message", {})
    body = message.get("Body") or {}
    bodies = {
        name.lower(): body[name]["Data"] for name in ("Text", "Html") if name in body
    }
    subject = message["Subject"]["Data"]
    sent = sending.send(asked.backend, _envelope(asked), subject, bodies)
    return ActionResult({"MessageId": sent})


def send_raw_email(asked: Any) -> ActionResult:
    envelope = Envelope(
        source=asked._get_param("Source") or "",
        destinations={"ToAddresses": asked._get_param("Destinations", [])},
        configuration_set=asked._get_param("ConfigurationSetName"),
    )
    raw = asked._get_param("RawMessage.Data")
    sent = sending.send_raw(asked.backend, envelope, raw)
    return ActionResult({"MessageId": sent})


def send_templated_email(asked: Any) -> ActionResult:
    sent = sending.send_template(
        asked.backend,
        _envelope(asked),
        asked._get_param("Template"),
        asked._get_param("TemplateData"),
    )
    return ActionResult({"MessageId": sent})


def send_bulk_templated_email(asked: Any) -> ActionResult:
    told = []
    for each in asked._get_param("Destinations", []):
        envelope = _envelope(asked, each.get("Destination") or {})
        data = each.get("ReplacementTemplateData")
        try:
            sent = sending.send_template(
                asked.backend,
                envelope,
                asked._get_param("Template"),
                data or asked._get_param("DefaultTemplateData"),
            )
        except Refused as refused:
            status = _BULK_STATUS.get(refused.code, refused.code)
            told.append({"Status": status, "Error": refused.message})
        else:
            told.append({"Status": "Success", "MessageId": sent})
    return ActionResult({"Status": told})


def get_send_quota(asked: Any) -> ActionResult:
    account = sending_account(asked.backend)
    return ActionResult(
        {
            "Max24HourSend": float(account.daily_quota),
            "MaxSendRate": float(account.send_rate),
            "SentLast24Hours": float(account.sent_last_day),
        }
    )


def get_send_statistics(asked: Any) -> ActionResult:
    sent: list[SentMessage] = asked.backend.sent_messages
    attempts = Counter(
        int(one.sent_at) // _STATISTICS_PERIOD * _STATISTICS_PERIOD for one in sent
    )
    points = [
        {
            "Timestamp": datetime.fromtimestamp(moment, UTC),
            "DeliveryAttempts": count,
            "Bounces": 0,
            "Complaints": 0,
            "Rejects": 0,
        }
        for moment, count in sorted(attempts.items())
    ]
    return ActionResult({"SendDataPoints": points})


def get_account_sending_enabled(asked: Any) -> ActionResult:
    return ActionResult({"Enabled": sending_account(asked.backend).sending_enabled})


def update_account_sending_enabled(asked: Any) -> ActionResult:
    enabled = bool(asked._get_bool_param("Enabled", False))
    sending_account(asked.backend).sending_enabled = enabled
    return EmptyResult()


def _envelope(
    asked: Any, destinations: Mapping[str, list[str]] | None = None
) -> Envelope:
    for name in ("SourceArn", "ReturnPathArn", "TemplateArn"):
        if asked._get_param(name):
            raise unmodelled(f"sending for another account ({name})")
    return Envelope(
        source=asked._get_param("Source") or "",
        destinations=destinations or asked._get_param("Destination", {}),
        reply_to=asked._get_param("ReplyToAddresses", []),
        return_path=asked._get_param("ReturnPath"),
        configuration_set=asked._get_param("ConfigurationSetName"),
    )


def _named(answer: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    """An answer whose refusals are drawn as this API draws them."""

    def drawn(asked: Any) -> ActionResult:
        try:
            return answer(asked)
        except Refused as refused:
            raise refused.v1() from None

    return drawn


def install() -> None:
    """Put our answers where moto's SES has its own."""
    for answer in (
        verify_email_identity,
        verify_domain_identity,
        verify_domain_dkim,
        get_identity_verification_attributes,
        get_identity_dkim_attributes,
        list_identities,
        list_verified_email_addresses,
        delete_identity,
        send_email,
        send_raw_email,
        send_templated_email,
        send_bulk_templated_email,
        get_send_quota,
        get_send_statistics,
        get_account_sending_enabled,
        update_account_sending_enabled,
    ):
        setattr(EmailResponse, answer.__name__, _named(answer))
    # moto warns of codes that a service's model lacks, unless they are in this list.
    if "Throttling" not in COMMON_ERROR_CODES:
        COMMON_ERROR_CODES.append("Throttling")
    EmailResponse.verify_email_address = _named(verify_email_identity)
