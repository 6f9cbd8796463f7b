"""A lab's life in a moment, before a warm process forks labs.

What a lab would import and read sooner or later is imported and read then. The cloud
of the rehearsal is closed: it leaves no thread, no folder and no resource behind.
"""

from __future__ import annotations

import boto3
from botocore.config import Config

from grader import checks, client_parts, service_models, session_events
from grader.checks.examiner import Examiner
from grader.cloud.cloud import Cloud
from grader.cloud.control import Control

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


def rehearse() -> None:
    """Start a cloud, use all of it a little, and end it."""
    session_events.share()
    service_models.share()
    client_parts.share()
    checks.load()
    cloud = Cloud()
    try:
        Examiner(cloud)
        cloud.router.mounted["/_lab/"] = Control(cloud).respond
        cloud.start()
        for service, operation in _ASKED.items():
            client = boto3.client(
                service,
                endpoint_url=cloud.endpoint_url,
                region_name="us-east-1",
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=Config(retries={"max_attempts": 0}),
            )
            getattr(client, operation)()
        cloud.clock.advance(60)
    finally:
        cloud.close()
