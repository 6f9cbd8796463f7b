"""Writing the policies of queues, topics and secrets: no malformed ones are taken.

moto keeps any text. The sentences are AWS's, as people met them in
https://github.com/aws/aws-cdk/issues/15602,
https://github.com/serverless/serverless/issues/5519,
https://github.com/hashicorp/terraform/issues/12740 and
https://github.com/awsdocs/aws-cloudformation-user-guide/pull/623.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from grader.cloud.access.named_principals import exists
from grader.cloud.access.resource_documents import Problem, problem

_OF_TOPICS: Mapping[Problem, str] = {
    Problem.SYNTAX: "Invalid parameter: Policy Error: null",
    Problem.ACTION: "Invalid parameter: Policy statement action out of service scope!",
    Problem.PRINCIPAL: "Invalid parameter: Policy Error: PrincipalNotFound",
}


_checking: set[Callable[..., Any]] = set()


def prepare(service: str) -> None:
    """Lay our checks over a service of moto's before it keeps its first policy.

    They are imported by the first request that needs them.
    """
    if service in _CHECKED:
        _CHECKED[service]()
    elif service == "cloudformation":
        for install in _CHECKED.values():
            install()


def _check_queues() -> None:
    from moto.sqs.exceptions import SQSException
    from moto.sqs.models import Queue

    def check(queue: Any, attributes: Mapping[str, Any], *rest: Any) -> None:
        text = attributes.get("Policy")
        if text and problem(str(text), "sqs", exists):
            raise SQSException(
                "InvalidAttributeValue", "Invalid value for the parameter Policy."
            )

    _before(Queue, "_set_attributes", check)


def _check_topics() -> None:
    from moto.sns.exceptions import SNSInvalidParameter
    from moto.sns.models import SNSBackend

    def check(text: str | None) -> None:
        found = problem(text, "sns", exists) if text else None
        if found is not None:
            raise SNSInvalidParameter(_OF_TOPICS[found])

    def of_new(
        backend: Any, name: str, attributes: Mapping[str, str] | None = None, *rest: Any
    ) -> None:
        check((attributes or {}).get("Policy"))

    def of_known(backend: Any, topic_arn: str, name: str, value: str) -> None:
        check(value if name.lower() == "policy" else None)

    _before(SNSBackend, "create_topic", of_new)
    _before(SNSBackend, "set_topic_attribute", of_known)


def _check_secrets() -> None:
    from moto.core.exceptions import JsonRESTError
    from moto.secretsmanager.models import SecretsManagerBackend

    def check(backend: Any, secret_id: str, policy: str) -> None:
        if problem(policy, "secretsmanager", exists):
            raise JsonRESTError(
                "MalformedPolicyDocumentException", "This policy has invalid syntax."
            )

    _before(SecretsManagerBackend, "put_resource_policy", check)


def _before(owner: Any, name: str, check: Callable[..., None]) -> None:
    """Check the arguments of a method before it is called, if they aren't yet.

    Whoever gives moto a method back at a cloud's end takes the check away with it.
    """
    method = getattr(owner, name)
    if method in _checking:
        return

    def checked(*arguments: Any, **named: Any) -> Any:
        check(*arguments, **named)
        return method(*arguments, **named)

    setattr(owner, name, checked)
    _checking.add(checked)


_CHECKED: Mapping[str, Callable[[], None]] = {
    "sqs": _check_queues,
    "sns": _check_topics,
    "secretsmanager": _check_secrets,
}
