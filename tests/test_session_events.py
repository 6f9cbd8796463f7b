"""Sharing what botocore works out about its events, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import botocore.session
from botocore import hooks
from grader import session_events

def client(service):
    return botocore.session.Session().create_client(
        service, "us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )

def handlers(made):
    emitter = made.meta.events._emitter
    return {event: [each.__name__ for each in emitter._handlers.prefix_search(event)]
            for event in ("before-call.s3.PutObject", "needs-retry.dynamodb.PutItem")}

plain = {service: handlers(client(service)) for service in ("s3", "dynamodb")}
names = session_events.share()
"""


def run(program: str) -> None:
    subprocess.run([sys.executable, "-c", PROGRAM + program], check=True)


def test_a_session_registers_the_same_handlers_as_before() -> None:
    run("assert {service: handlers(client(service)) for service in plain} == plain")


def test_an_events_name_is_looked_up_once() -> None:
    """Also for clients, each of which has a copy of its session's events."""
    run(
        "client('elbv2')\n"
        "known = dict(names)\n"
        "assert known['before-call.apigateway'] == 'before-call.api-gateway'\n"
        "made = client('elbv2')\n"
        "assert names == known\n"
        "made.meta.events.emit('nothing.elbv2.None')\n"
        "assert names['nothing.elbv2.None'] == "
        "'nothing.elastic-load-balancing-v2.None'\n"
    )


def test_other_aliases_have_names_of_their_own() -> None:
    run(
        "made = hooks.EventAliaser(hooks.HierarchicalEmitter(), {'one': 'another'})\n"
        "assert made._alias_event_name('one.event') == 'another.event'\n"
        "assert 'one.event' not in names\n"
    )


def test_a_handler_without_keywords_is_still_refused() -> None:
    run(
        "events = botocore.session.Session().get_component('event_emitter')\n"
        "try: events.register('before-call', lambda: None)\n"
        "except ValueError as error: assert 'keyword' in str(error)\n"
        "else: raise AssertionError\n"
        "class Handler:\n"
        "    __hash__ = None\n"
        "    def __call__(self, **kwargs): pass\n"
        "events.register('before-call', Handler())\n"
    )


def test_copied_events_have_handlers_of_their_own() -> None:
    """What one of them registers or gives up is nothing to the other, either way."""
    run(
        "import copy\n"
        "def handler(**_): pass\n"
        "def another(**_): pass\n"
        "def of(events): return list(events._handlers.prefix_search('a.b.c'))\n"
        "session_events.share()\n"
        "first = hooks.HierarchicalEmitter()\n"
        "first.register('a.b', handler)\n"
        "second = copy.copy(first)\n"
        "first.register('a.b.c', another)\n"
        "assert of(first) == [another, handler] and of(second) == [handler]\n"
        "second.register_first('a.b', another)\n"
        "assert of(first) == [another, handler] and of(second) == [another, handler]\n"
        "third = copy.copy(second)\n"
        "third.unregister('a.b', handler)\n"
        "assert of(second) == [another, handler] and of(third) == [another]\n"
        "second.unregister('a.b', another)\n"
        "assert of(second) == [handler] and of(third) == [another]\n"
        "third.register_last('a', handler)\n"
        "assert of(second) == [handler] and of(third) == [another, handler]\n"
    )


def test_a_method_is_examined_as_its_function() -> None:
    run(
        "class Handler:\n"
        "    def takes(self, **kwargs): pass\n"
        "    def refuses(self, name): pass\n"
        "assert hooks.accepts_kwargs(Handler().takes)\n"
        "assert not hooks.accepts_kwargs(Handler().refuses)\n"
        "made = client('s3')\n"
        "known = hooks.accepts_kwargs(made._request_signer.handler)\n"
        "assert known == 'kwargs'\n"
    )
