"""How each kind of target gets its input.

moto knows queues, log groups and buses, asks none of them, and breaks PutEvents at the
rest. Follows "Amazon EventBridge targets" in the EventBridge user guide.
"""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from grader.cloud import functions
from grader.cloud.access.stored_names import backend as stored
from grader.cloud.aws_errors import AWSError
from grader.cloud.eventbridge import api_destinations, archives, errors, json_paths
from grader.cloud.eventbridge.deliveries import Delivery
from grader.cloud.eventbridge.errors import Undelivered
from grader.cloud.eventbridge.events import BusName, Event
from grader.cloud.eventbridge.permissions import check, check_own_bus
from grader.cloud.eventbridge.rates import Rates
from grader.cloud.eventbridge.target_kinds import Place, place_of
from grader.cloud.topics import services as topic_services


@dataclass(frozen=True)
class Services:
    """What sending needs of the cloud.

    ``submit`` is Lambda's queue (see ``AsynchronousInvoker.submit``); ``publish`` puts
    an event on a bus; ``rates`` keeps the rates of API destinations.
    """

    submit: Callable[..., str]
    publish: Callable[[BusName, Event], None]
    rates: Rates


Send = Callable[[Delivery, Place, str, Services], None]


def send(delivery: Delivery, text: str, services: Services) -> None:
    """Give a target its input.

    Raises:
        Undelivered: with AWS's code for what went wrong.
        Postponed: until an API destination's rate lets it through.
    """
    place = place_of(delivery.target["Arn"])
    sender = _SENDERS.get(place.kind) if place is not None else None
    if place is None or sender is None:
        raise Undelivered(
            errors.INVALID_PARAMETER,
            f"The local cloud doesn't model the target {delivery.target['Arn']}.",
        )
    sender(delivery, place, text, services)


def _role(delivery: Delivery) -> str | None:
    return delivery.target.get("RoleArn")


def _missing(delivery: Delivery) -> Undelivered:
    return Undelivered(errors.NO_RESOURCE, f"{delivery.target['Arn']} doesn't exist.")


def _to_function(
    delivery: Delivery, place: Place, text: str, services: Services
) -> None:
    arn = delivery.target["Arn"]
    try:
        functions.find(place.account, place.region, arn, None)
    except AWSError:
        raise _missing(delivery) from None
    check(delivery.rule, _role(delivery), "lambda:InvokeFunction", arn)
    try:
        services.submit(
            place.account,
            place.region,
            arn,
            text.encode(),
            trace_header=delivery.event.chain,
            source="events",
        )
    except AWSError as error:
        raise Undelivered(errors.INVALID_PARAMETER, str(error.message)) from None


def _to_queue(delivery: Delivery, place: Place, text: str, services: Services) -> None:
    from moto.sqs.models import sqs_backends

    backend = sqs_backends[place.account][place.region]
    queue = backend.queues.get(place.name)
    if queue is None:
        raise _missing(delivery)
    check(delivery.rule, _role(delivery), "sqs:SendMessage", delivery.target["Arn"])
    group = (delivery.target.get("SqsParameters") or {}).get("MessageGroupId")
    if queue.fifo_queue and not queue.content_based_deduplication:
        raise Undelivered(
            errors.INVALID_PARAMETER,
            "The queue should either have ContentBasedDeduplication enabled or"
            " MessageDeduplicationId provided explicitly",
        )
    header = delivery.event.trace_header
    traced = {"AWSTraceHeader": {"DataType": "String", "StringValue": header}}
    backend.send_message(
        place.name,
        text,
        group_id=group,
        system_attributes=traced if header else None,
    )


def _to_topic(delivery: Delivery, place: Place, text: str, services: Services) -> None:
    # Costly to import, and few rules have such a target.
    from moto.sns.models import sns_backends

    arn = delivery.target["Arn"]
    backend = sns_backends[place.account][place.region]
    if arn not in backend.topics:
        raise _missing(delivery)
    check(delivery.rule, _role(delivery), "sns:Publish", arn)
    topic_services.publish(arn, text, trace_header=delivery.event.trace_header)


def _to_state_machine(
    delivery: Delivery, place: Place, text: str, services: Services
) -> None:
    from moto.stepfunctions.exceptions import StateMachineDoesNotExist
    from moto.stepfunctions.responses import get_backend

    arn = delivery.target["Arn"]
    check(delivery.rule, _role(delivery), "states:StartExecution", arn)
    try:
        get_backend(place.account, place.region).start_execution(
            arn, f"{delivery.event.body['id']}_{uuid.uuid4()}", text
        )
    except StateMachineDoesNotExist:
        raise _missing(delivery) from None


def _to_log_group(
    delivery: Delivery, place: Place, text: str, services: Services
) -> None:
    group = getattr(
        stored("moto.logs.models", "logs", place.account, place.region), "groups", {}
    ).get(place.name)
    if group is None:
        raise _missing(delivery)
    stream = str(uuid.uuid4())
    arn = delivery.target["Arn"].removesuffix(":*")
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        check(delivery.rule, None, action, f"{arn}:log-stream:{stream}")
    group.create_log_stream(stream)
    group.streams[stream].put_log_events([_log_event(delivery, text)])


def _log_event(delivery: Delivery, text: str) -> dict[str, Any]:
    """A log event; a template makes its time and message, in that very form."""
    event = {"timestamp": int(time.time() * 1000), "message": text}
    if "InputTransformer" not in delivery.target:
        return event
    made = json.loads(text)
    if not isinstance(made, dict) or set(made) != {"timestamp", "message"}:
        raise Undelivered(
            errors.INVALID_PARAMETER,
            'The template for a log group has to make {"timestamp": …, "message": …}.',
        )
    return {**event, "message": str(made["message"])}


def _to_stream(delivery: Delivery, place: Place, text: str, services: Services) -> None:
    from moto.kinesis.models import kinesis_backends

    backend = kinesis_backends[place.account][place.region]
    if place.name not in backend.streams:
        raise _missing(delivery)
    check(delivery.rule, _role(delivery), "kinesis:PutRecord", delivery.target["Arn"])
    path = (delivery.target.get("KinesisParameters") or {}).get("PartitionKeyPath")
    key: Any = delivery.event.body["id"]
    if path is not None:
        found = json_paths.find(path, delivery.event.body)
        key = key if found is json_paths.MISSING else found
    backend.put_record(
        None, place.name, str(key), None, base64.b64encode(text.encode()).decode()
    )


def _to_bus(delivery: Delivery, place: Place, text: str, services: Services) -> None:
    """Pass the event on as it is: another bus gets no input of its own."""
    rule, event = delivery.rule, delivery.event
    bus = BusName(place.account, place.region, place.name)
    if event.forwarded_by:
        raise _third_bus(delivery, bus)
    backend = stored("moto.events.models", "events", bus.account, bus.region)
    if backend is None or bus.name not in backend.event_buses:
        raise _missing(delivery)
    if (role := _role(delivery)) is not None:
        check(rule, role, "events:PutEvents", bus.arn)
    else:
        check_own_bus(rule, bus.arn)
    services.publish(bus, replace(event, forwarded_by=(rule.arn,), only_rules=None))


def _third_bus(delivery: Delivery, bus: BusName) -> Undelivered:
    """Refuse to pass an event on twice.

    "EventBridge can't route events received from a sender event bus to a third event
    bus", says the user guide.
    """
    code = errors.INVALID_PARAMETER
    if bus.account != delivery.rule.account:
        code = errors.THIRD_ACCOUNT_HOP_DETECTED
    elif bus.region != delivery.rule.region:
        code = errors.THIRD_REGION_HOP_DETECTED
    return Undelivered(
        code,
        "EventBridge can't route events received from a sender event bus to a third"
        " event bus.",
    )


def _to_api(delivery: Delivery, place: Place, text: str, services: Services) -> None:
    backend = stored("moto.events.models", "events", place.account, place.region)
    name = place.name.partition("/")[0]
    destination = getattr(backend, "destinations", {}).get(name)
    if destination is None or destination.arn != delivery.target["Arn"]:
        raise _missing(delivery)
    check(
        delivery.rule, _role(delivery), "events:InvokeApiDestination", destination.arn
    )
    services.rates.take(destination.arn, destination.invocation_rate_limit_per_second)
    connections = getattr(backend, "connections", {}).values()
    connection = next(
        (one for one in connections if one.arn == destination.connection_arn), None
    )
    api_destinations.call(destination, connection, delivery, text)


def _to_archive(
    delivery: Delivery, place: Place, text: str, services: Services
) -> None:
    archives.keep(delivery.rule, delivery.event)


_SENDERS: Mapping[str, Send] = {
    "lambda": _to_function,
    "sqs": _to_queue,
    "sns": _to_topic,
    "states": _to_state_machine,
    "logs": _to_log_group,
    "kinesis": _to_stream,
    "event-bus": _to_bus,
    "api-destination": _to_api,
    "archive": _to_archive,
}
