"""Parts that all clients of a process share, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import botocore.session
from grader import client_parts, service_models

service_models.share()
client_parts.share()
client_parts.share()
def client(**more):
    session = botocore.session.Session()
    return session.create_client("sqs", region_name="us-east-1", **more)
"""


def run(program: str) -> None:
    subprocess.run([sys.executable, "-c", PROGRAM + program], check=True)


def test_clients_share_the_model_of_their_service() -> None:
    """Of one service and version; what differs in clients, differs."""
    run(
        "one, other = client(), client(endpoint_url='http://127.0.0.1:1')\n"
        "assert one.meta.service_model is other.meta.service_model\n"
        "assert one.meta.endpoint_url != other.meta.endpoint_url\n"
        "assert one.meta.events is not other.meta.events\n"
    )


def test_what_another_loader_read_is_another_model() -> None:
    """Whoever lays other models in the way gets those."""
    run(
        "one = client()\n"
        "session = botocore.session.Session()\n"
        "loader = session.get_component('data_loader')\n"
        "load = loader.load_service_model\n"
        "read = load('sqs', 'service-2')\n"
        "sends = {'Theirs': read['operations']['SendMessage']}\n"
        "theirs = {**read, 'operations': sends}\n"
        "loader.load_service_model = lambda service, kind, **more: (\n"
        "    theirs if kind == 'service-2' else load(service, kind, **more))\n"
        "other = session.create_client('sqs', region_name='us-east-1')\n"
        "assert hasattr(other, 'theirs') and not hasattr(other, 'send_message')\n"
        "assert hasattr(client(), 'send_message')\n"
    )


def test_clients_have_events_of_their_own() -> None:
    """A handler of one client isn't asked for another's requests, by any alias."""
    run(
        "one, other = client(), client()\n"
        "heard = []\n"
        "one.meta.events.register('before-send.sqs', lambda **_: heard.append(1))\n"
        "other.meta.events.emit('before-send.sqs.SendMessage')\n"
        "assert not heard\n"
        "one.meta.events.emit('before-send.sqs.SendMessage')\n"
        "assert heard == [1]\n"
    )


def test_user_agents_stay_as_they_are() -> None:
    run(
        "from botocore import useragent\n"
        "clean = useragent.sanitize_user_agent_string_component\n"
        "assert clean('a b#c', True) == 'a-b#c' and clean('a b#c', False) == 'a-b-c'\n"
        "assert clean(raw_str='é/1', allow_hash=True) == '--1'\n"
    )


def test_clients_share_what_their_methods_do_and_no_class() -> None:
    """What a session adds to a class is in no other session's."""
    run(
        "session = botocore.session.Session()\n"
        "def more(class_attributes, **_): class_attributes['more'] = lambda self: 1\n"
        "session.get_component('event_emitter').register(\n"
        "    'creating-client-class.sqs', more)\n"
        "one, other = session.create_client('sqs', 'us-east-1'), client()\n"
        "assert one.more() == 1 and not hasattr(other, 'more')\n"
        "assert type(one).send_message is type(other).send_message\n"
        "assert type(one) is not type(other)\n"
    )


def test_clients_share_what_finds_an_endpoint() -> None:
    """Of one service; another one's rules are others."""
    run(
        "def provider(made): return made._ruleset_resolver._provider\n"
        "one, other = client(), client(endpoint_url='http://127.0.0.1:1')\n"
        "assert provider(one) is provider(other)\n"
        "sns = botocore.session.Session().create_client('sns', 'eu-west-1')\n"
        "assert provider(sns) is not provider(one)\n"
        "found = provider(sns).resolve_endpoint(\n"
        "    Region='eu-west-1', UseDualStack=False, UseFIPS=False)\n"
        "assert found.url == 'https://sns.eu-west-1.amazonaws.com'\n"
    )
