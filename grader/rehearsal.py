"""A lab's life in a moment, before a warm process forks labs.

What a lab would import and read sooner or later is imported and read then. The cloud
of the rehearsal is closed: it leaves no thread, no folder and no resource behind.
"""

from __future__ import annotations

import json

from grader import checks, client_parts, service_models, session_events
from grader.checks.examiner import Examiner
from grader.checks.given_functions import TRUST
from grader.checks.inner_calls import InnerCalls
from grader.checks.inner_line import InnerLine
from grader.cloud.cloud import Cloud
from grader.cloud.control import Control
from grader.cloud.inner_requests import InnerRequests
from grader.lab import sessions
from grader.lab.cloud import Cloud as Handle
from grader.lab.cloud import Keys

_ASKED = {
    "apigateway": "get_rest_apis",
    "apigatewayv2": "get_apis",
    "cloudwatch": "describe_alarms",
    "dynamodb": "list_tables",
    "dynamodbstreams": "list_streams",
    "ec2": "describe_regions",
    "events": "list_rules",
    "iam": "list_roles",
    "kinesis": "list_streams",
    "lambda": "list_functions",
    "logs": "describe_log_groups",
    "resourcegroupstaggingapi": "get_resources",
    "s3": "list_buckets",
    "ses": "list_identities",
    "sesv2": "list_email_identities",
    "sns": "list_topics",
    "sqs": "list_queues",
    "sts": "get_caller_identity",
}
"""One question to each service of the course: moto imports a service when asked."""


_ROLE = "rehearsal"
_ALL = "arn:aws:iam::aws:policy/AdministratorAccess"


def rehearse() -> None:
    """Start a cloud, use all of it a little, and end it."""
    session_events.share()
    service_models.share()
    client_parts.share()
    checks.load()
    cloud = Cloud()
    try:
        control = Control(cloud)
        line = InnerLine(cloud.endpoint_url, control.answer)
        inside = InnerRequests(cloud.router, cloud.endpoint_url)
        InnerCalls(inside.answer).install(cloud.endpoint_url)
        Examiner(cloud, line=line)
        cloud.router.mounted["/_lab/"] = control.respond
        cloud.start()
        keys = Keys("test", "test")
        home = Handle(cloud.endpoint_url, "us-east-1", keys=keys, connection=line)
        # Whoever isn't the administrator needs AWS's policies and operations read.
        iam = home.client("iam")
        trust = json.dumps(TRUST)
        iam.create_role(RoleName=_ROLE, AssumeRolePolicyDocument=trust)
        iam.attach_role_policy(RoleName=_ROLE, PolicyArn=_ALL)
        for handle in (home, home.as_role(_ROLE)):
            for service, operation in _ASKED.items():
                getattr(handle.client(service), operation)()
        cloud.clock.advance(60)
    finally:
        cloud.close()
        sessions.of_all.cache_clear()
