"""SES's second API (``sesv2`` in boto3), where moto's answers aren't SES's.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/Welcome.html
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ses.models import EmailIdentity, SESBackend
from moto.sesv2 import urls
from moto.sesv2.responses import SESV2Response

from grader.cloud.mail import identities, sending
from grader.cloud.mail.errors import Refused, unmodelled
from grader.cloud.mail.sending import Envelope
from grader.cloud.mail.sending_account import sending_account, verified

_STATUS = {"NotStarted": "NOT_STARTED", "Pending": "PENDING", "Success": "SUCCESS"}
_CONTENTS = ("Simple", "Raw", "Template")


def create_email_identity(asked: Any) -> ActionResult:
    backend, told = _backend(asked), _body(asked)
    name = told["EmailIdentity"]
    if name in backend.email_identities:
        raise Refused("AlreadyExistsException", f"Email identity {name} already exist.")
    if told.get("DkimSigningAttributes"):
        raise unmodelled("keys of one's own for DKIM (DkimSigningAttributes)")
    made = identities.add(
        backend,
        name,
        tags=told.get("Tags"),
        configuration_set_name=told.get("ConfigurationSetName"),
    )
    signs = dict(_dkim(backend, made))
    if signs["Status"] == "PENDING":
        # Nobody has looked for the records yet.
        signs["Status"] = "NOT_STARTED"
    return ActionResult(
        {
            "IdentityType": made.identity_type,
            "VerifiedForSendingStatus": False,
            "DkimAttributes": signs,
        }
    )


def get_email_identity(asked: Any) -> ActionResult:
    backend = _backend(asked)
    name, identity = _identity(asked, "Identity {} does not exist.")
    done = verified(backend, name)
    arn = f"arn:aws:ses:{backend.region_name}:{backend.account_id}:email-identity/"
    told = {
        "IdentityType": identity.identity_type,
        "FeedbackForwardingStatus": True,
        "VerifiedForSendingStatus": done,
        "DkimAttributes": _dkim(backend, identity),
        "MailFromAttributes": {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"},
        "Policies": identity.policies,
        "Tags": backend.tagger.list_tags_for_resource(arn + name)["Tags"],
        "VerificationStatus": "SUCCESS" if done else "PENDING",
    }
    if identity.configuration_set_name:
        told["ConfigurationSetName"] = identity.configuration_set_name
    return ActionResult(told)


def list_email_identities(asked: Any) -> ActionResult:
    backend = _backend(asked)
    start = asked._get_param("NextToken") or ""
    size = int(asked._get_param("PageSize") or 1000)
    left = [name for name in identities.of_kind(backend) if name > start]
    page = []
    for name in left[:size]:
        done = verified(backend, name)
        page.append(
            {
                "IdentityType": backend.email_identities[name].identity_type,
                "IdentityName": name,
                "SendingEnabled": done,
                "VerificationStatus": "SUCCESS" if done else "PENDING",
            }
        )
    told: dict[str, Any] = {"EmailIdentities": page}
    if len(left) > size:
        told["NextToken"] = page[-1]["IdentityName"]
    return ActionResult(told)


def delete_email_identity(asked: Any) -> ActionResult:
    name, _ = _identity(asked, "Email identity {} does not exist.")
    identities.remove(_backend(asked), name)
    return EmptyResult()


def send_email(asked: Any) -> ActionResult:
    backend, told = _backend(asked), _body(asked)
    for name in ("FromEmailAddressIdentityArn", "ListManagementOptions", "TenantName"):
        if told.get(name):
            raise unmodelled(f"{name} of SendEmail")
    content: Mapping[str, Any] = told["Content"]
    envelope = Envelope(
        source=told.get("FromEmailAddress") or "",
        destinations=told.get("Destination") or {},
        reply_to=told.get("ReplyToAddresses") or (),
        return_path=told.get("FeedbackForwardingEmailAddress"),
        configuration_set=told.get("ConfigurationSetName"),
    )
    given = [name for name in _CONTENTS if content.get(name)]
    if len(given) != 1:
        raise Refused(
            "InvalidParameterValue", "Content must contain Raw, Simple, or Template."
        )
    part = content[given[0]]
    if given == ["Raw"]:
        raw = base64.b64decode(part["Data"])
        return ActionResult({"MessageId": sending.send_raw(backend, envelope, raw)})
    if not envelope.source:
        raise Refused("InvalidParameterValue", "Source cannot be empty")
    if given == ["Template"]:
        if "TemplateName" not in part:
            raise unmodelled("templates other than stored ones by name")
        sent = sending.send_template(
            backend, envelope, part["TemplateName"], part.get("TemplateData") or "{}"
        )
        return ActionResult({"MessageId": sent})
    for name in ("Headers", "Attachments"):
        if part.get(name):
            raise unmodelled(f"{name} of simple messages, only of raw ones")
    bodies = {
        name.lower(): part["Body"][name]["Data"]
        for name in ("Text", "Html")
        if part["Body"].get(name)
    }
    sent = sending.send(backend, envelope, part["Subject"]["Data"], bodies)
    return ActionResult({"MessageId": sent})


def get_account(asked: Any) -> ActionResult:
    account = sending_account(_backend(asked))
    told: dict[str, Any] = {
        "DedicatedIpAutoWarmupEnabled": False,
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": account.in_production,
        "SendQuota": {
            "Max24HourSend": float(account.daily_quota),
            "MaxSendRate": float(account.send_rate),
            "SentLast24Hours": float(account.sent_last_day),
        },
        "SendingEnabled": account.sending_enabled,
        "SuppressionAttributes": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
    }
    if account.details is not None:
        details = dict(account.details)
        if details.pop("ProductionAccessEnabled", False):
            status = "PENDING" if account.under_review else "GRANTED"
            case = str(uuid.uuid5(uuid.NAMESPACE_URL, str(sorted(details))))
            details["ReviewDetails"] = {"Status": status, "CaseId": case}
        told["Details"] = details
    return ActionResult(told)


def put_account_details(asked: Any) -> ActionResult:
    sending_account(_backend(asked)).describe(_body(asked))
    return EmptyResult()


def put_account_sending_attributes(asked: Any) -> ActionResult:
    enabled = bool(_body(asked).get("SendingEnabled", False))
    sending_account(_backend(asked)).sending_enabled = enabled
    return EmptyResult()


def _backend(asked: Any) -> SESBackend:
    return asked.sesv2_backend.core_backend


def _body(asked: Any) -> Mapping[str, Any]:
    told: Mapping[str, Any] = json.loads(asked.body or "{}")
    return told


def _identity(asked: Any, missing: str) -> tuple[str, EmailIdentity]:
    name = str(asked._get_param("EmailIdentity"))
    found = _backend(asked).email_identities.get(name)
    if found is None:
        raise Refused("NotFoundException", missing.format(name))
    return name, found


def _dkim(backend: SESBackend, identity: EmailIdentity) -> Mapping[str, Any]:
    signs = identities.dkim(backend, identity.email_identity)
    told = {
        "SigningEnabled": signs["enabled"],
        "Status": _STATUS[signs["status"]],
        "SigningAttributesOrigin": "AWS_SES",
        "NextSigningKeyLength": "RSA_2048_BIT",
    }
    if signs["tokens"]:
        told["Tokens"] = signs["tokens"]
        told["CurrentSigningKeyLength"] = "RSA_2048_BIT"
    return told


def _named(answer: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    """An answer whose refusals are drawn as this API draws them."""

    def drawn(asked: Any) -> ActionResult:
        try:
            return answer(asked)
        except Refused as refused:
            raise refused.v2() from None

    return drawn


def install() -> None:
    """Put our answers where moto's SES has its own."""
    for answer in (
        create_email_identity,
        get_email_identity,
        list_email_identities,
        delete_email_identity,
        send_email,
        get_account,
        put_account_details,
        put_account_sending_attributes,
    ):
        setattr(SESV2Response, answer.__name__, _named(answer))
    # moto's own catch-all catches nothing: operations that it lacks are to be refused.
    urls.url_paths["{0}/v2/(?P<_anything>.+)$"] = SESV2Response.dispatch
