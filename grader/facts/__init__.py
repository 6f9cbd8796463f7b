"""Every dated number about AWS that this package uses or shows, with its source.

A module for each service, and one for prices. Only what was verified is here, or is
marked as second-hand: what isn't known isn't printed.
"""

from grader.facts import (
    accounts,
    api_gateway,
    aws_iam,
    aws_lambda,
    aws_s3,
    aws_ses,
    aws_sts,
    cloudwatch,
    dynamodb,
    eventbridge,
    kinesis,
    prices,
    regions,
    tags,
)
from grader.facts.fact import Fact

__all__ = [
    "Fact",
    "accounts",
    "api_gateway",
    "aws_iam",
    "aws_lambda",
    "aws_s3",
    "aws_ses",
    "aws_sts",
    "cloudwatch",
    "dynamodb",
    "eventbridge",
    "kinesis",
    "prices",
    "regions",
    "tags",
]
