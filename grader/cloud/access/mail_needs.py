"""What sending mail needs: every identity that it uses."""

from __future__ import annotations

from collections.abc import Iterator

from grader.cloud.access.need import Need
from grader.cloud.access.operations import Operation
from grader.cloud.access.resource_names import Place, given


def mail(operation: Operation, place: Place) -> Iterator[Need]:
    """Mail needs every identity that it uses; in the sandbox the recipients' as well.

    A message given as a whole needs SendRawEmail, by either API.
    https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html
    """
    # SES is costly to import, and few accounts send mail.
    from grader.cloud.mail import mailings

    parameters = operation.parameters
    mailing = mailings.read(parameters)
    content = parameters.get("Content")
    content = content if isinstance(content, dict) else {}
    action = "ses:SendRawEmail" if "Raw" in content else f"ses:{operation.name}"
    context = mailing.condition_keys
    prefix = f"arn:{place.partition}:ses:{place.region}:{place.account}:"
    identities = mailing.identities(place.account, place.region)
    for identity in identities or ["*"]:
        yield Need(action, f"{prefix}identity/{identity}", context)
    template = parameters.get("Template") or content.get("Template")
    if isinstance(template, dict):
        template = template.get("TemplateName")
    if template and action != "ses:SendEmail":
        yield Need(action, f"{prefix}template/{template}", context)
    configuration_set = given(operation, "ConfigurationSetName")
    if configuration_set:
        resource = f"{prefix}configuration-set/{configuration_set}"
        yield Need(action, resource, context)
