"""What moto looks up or draws at length for each request, done once or quickly.

Together it was a tenth of what the lab did while a lesson was graded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from random import Random
from string import ascii_letters, digits
from typing import Any

import moto.core.responses
import moto.iam.models
from flask import Flask, Response
from flask.globals import request_ctx
from flask.sessions import NullSession, SessionInterface
from moto.core.base_backend import AccountSpecificBackend, BackendDict
from moto.core.common_models import BaseModel
from moto.core.request import Request
from moto.core.utils import camelcase_to_underscores, method_names_from_class
from moto.iam.models import get_account_id_from, iam_backends
from moto.moto_api._internal.moto_random import MotoRandom
from moto.moto_server import werkzeug_app
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from werkzeug.routing import BuildError, Rule

from grader.cloud.access import key_ids
from grader.cloud.functions.service_model import routes

_NO_SESSION = NullSession()
motos_url: Callable[[Request], str] = Request.raw_url.fget
# Of hosts; any client may send what it likes.
_REMEMBERED = 512
# Without a port that goes without saying.
_PLAIN_HOST = re.compile(r"[a-z0-9.-]+:[0-9]{4,5}")


class Dispatcher(DomainDispatcherApplication):  # type: ignore[misc]
    """Remembers hosts: moto lists its own folder for each request."""

    def __init__(self, create_app: Callable[[Any], Any]) -> None:
        super().__init__(create_app)
        find = super().get_backend_for_host
        self._service_of = lru_cache(_REMEMBERED)(find)

    def get_backend_for_host(self, host: str | None) -> Any:
        return self._service_of(host)


class _MatchedRule(Rule):
    """Finds who answers a path, and makes no URL of it.

    To be able to was most of what making moto's application for a service took.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., Any]:
        return _build_nothing


def _build_nothing(rule: Rule, **values: Any) -> Any:
    raise BuildError(rule.endpoint, values, None)


class _NoSessions(SessionInterface):
    """Nobody who calls AWS has a session of Flask's."""

    def open_session(self, app: Flask, request: Any) -> NullSession:
        return _NO_SESSION


class _Application(Flask):
    """What moto makes for a service.

    Of Flask's way from a request to its answer it keeps what moto and we use: who
    answers, who handles errors, and what is done to answers. There are no sessions, no
    blueprints, no signals, and nothing that comes before a request.
    """

    url_rule_class = _MatchedRule
    session_interface = _NoSessions()

    def full_dispatch_request(self) -> Response:
        """Answer the request of the context that this thread is in."""
        try:
            answer = self.dispatch_request()
        except Exception as error:  # noqa: BLE001 - as Flask does
            answer = self.handle_user_exception(error)
        response = self.make_response(answer)
        changes = request_ctx._after_request_functions  # of this request alone
        for change in (*changes, *reversed(self.after_request_funcs.get(None, ()))):
            response = self.ensure_sync(change)(response)
        return response


def read_ahead() -> None:
    """Read what the first request needs, while whoever makes it makes a client.

    Botocore's list of Regions, of which moto makes a backend's, and Lambda's API.
    """
    AccountSpecificBackend.get_session().get_available_partitions()
    routes()


def install() -> None:
    """Put the quick ways in place of moto's."""
    # Of a class, which doesn't change once it answers.
    moto.core.responses.method_names_from_class = cache(method_names_from_class)
    moto.iam.models.get_account_id_from = account_of_key
    BaseModel.__new__ = _untracked
    BackendDict.__getitem__ = _backends_of
    MotoRandom.get_random_string = random_string
    werkzeug_app.Flask = _Application
    # Of an operation's name.
    moto.core.responses.camelcase_to_underscores = lru_cache(_REMEMBERED)(
        camelcase_to_underscores
    )
    Request.raw_url = property(url_of)


def account_of_key(access_key: str) -> str:
    """Whose key it is: most say it; moto looks through all accounts."""
    told = key_ids.account_of(access_key)
    if told is not None and told in iam_backends:
        for backend in iam_backends[told].values():
            if access_key in backend.access_keys:
                return told
    return str(get_account_id_from(access_key))


def random_string(
    dice: Random,
    length: int = 20,
    include_digits: bool = True,
    lower_case: bool = False,
) -> str:
    """Draw an id; moto's own way makes a fiftieth of a request, letter by letter."""
    pool = ascii_letters + digits if include_digits else ascii_letters
    drawn = "".join(dice.choices(pool, k=length))
    return drawn.lower() if lower_case else drawn


def url_of(request: Request) -> str:
    """A request's URL, for which werkzeug looks at each letter of each of its parts."""
    environ = request.environ
    host, query = environ.get("HTTP_HOST", ""), environ["QUERY_STRING"]
    plain = _PLAIN_HOST.fullmatch(host) and query.isascii()
    if environ["SCRIPT_NAME"] or not plain:
        return motos_url(request)
    address = f"{environ['wsgi.url_scheme']}://{host}{request.raw_path}"
    return f"{address}?{query}" if query else address


def _backends_of(backends: Any, account: str) -> Any:
    """Make an account's backends when there are none; moto asks under a lock."""
    found = dict.get(backends, account)
    if found is None:
        backends._create_account_specific_backend(account)
        found = dict.__getitem__(backends, account)
    return found


def _untracked(cls: type[Any], *_: Any, **__: Any) -> Any:
    """Make an instance, and forget it with its last user.

    moto keeps all for a page of its own server, so nothing that was deleted ever left
    the memory. What it has to dispose of by itself it still keeps.
    """
    instance = super(BaseModel, cls).__new__(cls)
    if hasattr(cls, "dispose"):
        cls.instances_tracked.append(instance)
    return instance
