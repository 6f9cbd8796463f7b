"""The control API: what only the lab's own cloud can do, as JSON under `/_lab/`.

| request | answer |
|---|---|
| `GET /_lab/health` | `{"endpoint_url", "now", "offset"}`, once the lab answers |
| `POST /_lab/settle` `{"timeout": s}` | `{"settled": bool, "in_flight": n}` |
| `POST /_lab/clock` `{"advance": s}`, `{"to": epoch}` or `{}` | `{"now", "offset"}` |
| `POST /_lab/fresh` | `{"account", "access_key_id", "secret_access_key"}` |
| `POST /_lab/notices` | `{"notices": [...]}`: sentences to tell the user, once |
| `POST /_lab/journal` `{"account", "region"}` | `{"entries": [...]}`, oldest first |
| `POST /_lab/audit` `{"account", "region"?, "principal"?}` | `{"rows": [...]}` |
| `POST /_lab/denials` `{"account"}` | `{"denials": [...]}` with what would help |
| `POST /_lab/session` `{"account", "role"}` or `{"account", "user"}` | credentials |
| `POST /_lab/redeliver` `{"account", "region", "function"?}` | what was delivered |
| `POST /_lab/chain` `{"account", "of"?}` | `{"parts": [...]}` (`chains.py`) |
| `POST /_lab/faults` `{"account", …}` | `{}`; see `_faults` |
| `POST /_lab/hold` `{"account", "operations": ["dynamodb:GetItem", …]}` | `{"hold"}` |
| `POST /_lab/held` `{"hold", "at_least": n, "timeout": s}` | `{"held": n}` |
| `POST /_lab/release` `{"hold"}` | `{}` |
| `POST /_lab/inventory` `{"account"}` | `{"resources": [...]}`, of every Region |
| `POST /_lab/mail` `{"account"}` | `{"mails": [...]}`, oldest first |
| `POST /_lab/bill` `{"account", "month"?}` | a bill's lines and totals (`metering/`) |

`now` is lab time in epoch seconds, `offset` lab time minus real time. A settle waits at
most 10 s, so that no answer stays out for long; a caller that has more time asks again.
A hold keeps answers back until it is released (see `holds.py`).
Errors are `{"error": {"message"}}` with status 400 or 404, or 500 for a fault of ours.
"""

from __future__ import annotations

import json
import logging
import math
import re
import time
from dataclasses import asdict
from typing import Any, Protocol

from werkzeug.wrappers import Request, Response

from grader.cloud import resources
from grader.cloud.access.audit_trail import Call, rows
from grader.cloud.access.explanations import explained
from grader.cloud.access.gate import Gate
from grader.cloud.chains import Chains
from grader.cloud.clock import Clock
from grader.cloud.faults import Faults
from grader.cloud.faults.faults import LONGEST, MOST
from grader.cloud.faults.operations import UnknownName, known
from grader.cloud.holds import Holds
from grader.cloud.in_flight import InFlight
from grader.cloud.journal import Delivery, Incident, Journal
from grader.cloud.metering import Metering
from grader.cloud.notices import Notices

_LONG_POLL = 10.0
# In epoch seconds, of 9892: dates end with 9999, and the lab would end, too.
_LATEST = 250_000_000_000.0
# The latest denials that are worth an explanation.
_DENIALS = 20
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_log = logging.getLogger(__name__)


class _Redelivering(Protocol):
    journal: Journal

    def redeliver(self, delivery: Delivery) -> str:
        """Deliver once more; answers with the request id."""


class _Resting(Protocol):
    def asleep(self, timeout: float) -> bool:
        """Wait until nothing runs in those that have answered."""


class Controlled(Protocol):
    """What the control API needs of a cloud."""

    account: str
    endpoint_url: str
    clock: Clock
    gate: Gate
    in_flight: InFlight
    notices: Notices

    @property
    def asynchronous(self) -> _Redelivering:
        """The queue of asynchronous events."""

    @property
    def environments(self) -> _Resting:
        """Where functions run."""

    @property
    def metering(self) -> Metering:
        """What the accounts used."""

    @property
    def chains(self) -> Chains:
        """What belongs together of what happened."""

    @property
    def faults(self) -> Faults:
        """What was asked to go wrong."""

    @property
    def holds(self) -> Holds:
        """The answers that are held back."""

    def fresh_account(self) -> tuple[str, str, str]:
        """A new account's id, access key id and secret access key."""


class _Refused(Exception):
    """What was asked for can't be meant."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Control:
    """Answers for one cloud."""

    def __init__(self, cloud: Controlled) -> None:
        self._cloud = cloud

    def respond(self, request: Request) -> Response:
        """Answer a request under `/_lab/` that isn't the examiner's."""
        status, said = self.answer(request.method, request.path, request.get_data())
        return Response(said, status, content_type="application/json")

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, str]:
        """The status and the JSON that such a request is answered with."""
        try:
            said = self._answer(method, path.removeprefix("/_lab/"), _read(body))
        except _Refused as refusal:
            return refusal.status, _error(str(refusal))
        except Exception as fault:  # noqa: BLE001 - told, and logged
            # Unanswered, it would look as if the whole lab had ended.
            _log.exception("%s %s broke", method, path)
            told = f"{type(fault).__name__}: {fault}"
            return 500, _error(f"the lab itself broke, which is our fault: {told}")
        return 200, json.dumps(said)

    def _answer(self, method: str, verb: str, body: dict[str, Any]) -> dict[str, Any]:
        match (method, verb):
            case ("GET", "health"):
                return {"endpoint_url": self._cloud.endpoint_url, **self._time()}
            case ("POST", "settle"):
                return self._settle(_number(body, "timeout", 60.0))
            case ("POST", "clock"):
                return self._move_clock(body)
            case ("POST", "fresh"):
                account, key, secret = self._cloud.fresh_account()
                return {
                    "account": account,
                    "access_key_id": key,
                    "secret_access_key": secret,
                }
            case ("POST", "notices"):
                return {"notices": self._cloud.notices.take()}
            case ("POST", "journal"):
                return {"entries": self._journal(body)}
            case ("POST", "audit"):
                return {"rows": self._audit(body)}
            case ("POST", "denials"):
                return {"denials": self._denials(body)}
            case ("POST", "session"):
                return self._session(body)
            case ("POST", "redeliver"):
                return self._redeliver(body)
            case ("POST", "chain"):
                of = _text(body, "of")
                return {"parts": self._cloud.chains.latest(_account(body), of)}
            case ("POST", "faults"):
                self._faults(_account(body), body)
                return {}
            case ("POST", "hold"):
                return {"hold": self._hold(body)}
            case ("POST", "held"):
                return {"held": self._held(body)}
            case ("POST", "release"):
                self._cloud.holds.end(_text(body, "hold") or "")
                return {}
            case ("POST", "inventory"):
                return {"resources": resources.of_account(_account(body))}
            case ("POST", "mail"):
                # Few labs are asked, and none has to start later for it.
                from grader.cloud.mail import mailboxes

                return {"mails": mailboxes.of_account(_account(body))}
            case ("POST", "bill"):
                return self._bill(body)
            case _:
                raise _Refused(f"no {method} /_lab/{verb} in this lab", 404)

    def _bill(self, body: dict[str, Any]) -> dict[str, Any]:
        month = _text(body, "month")
        if month is not None and not _MONTH.fullmatch(month):
            raise _Refused(f"a month is written like 2026-11, not {month!r}")
        return self._cloud.metering.bill(_account(body), month)

    def _time(self) -> dict[str, Any]:
        return {"now": self._cloud.clock.now(), "offset": self._cloud.clock.offset}

    def _settle(self, timeout: float) -> dict[str, Any]:
        end = time.monotonic() + min(timeout, _LONG_POLL)
        settled = self._cloud.clock.settle(end - time.monotonic())
        # What a handler didn't wait for is under way as well, as far as it's begun.
        if settled and not self._cloud.environments.asleep(end - time.monotonic()):
            settled = False
        return {"settled": settled, "in_flight": self._cloud.in_flight.count}

    def _move_clock(self, body: dict[str, Any]) -> dict[str, Any]:
        clock = self._cloud.clock
        if "advance" in body:
            ahead = _number(body, "advance", 0.0)
        elif "to" in body:
            ahead = _number(body, "to", 0.0) - clock.now()
            if ahead < 0:
                raise _Refused("the clock only moves forward")
        else:
            return self._time()
        if clock.now() + ahead > _LATEST:
            raise _Refused("the clock goes no further than the year 9892")
        clock.advance(ahead)
        return self._time()

    def _journal(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        account, region = _text(body, "account"), _text(body, "region")
        journal = self._cloud.asynchronous.journal
        entries = [
            _delivery(one) for one in journal.deliveries(account=account, region=region)
        ]
        entries += [
            _incident(one)
            for one in journal.incidents(account=account)
            if region in (None, one.region)
        ]
        return sorted(entries, key=lambda entry: float(entry["at"]))

    def _audit(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        account = _text(body, "account") or self._cloud.account
        wanted = (_text(body, "principal"), _text(body, "region"))
        return [
            asdict(row)
            for call in self._cloud.gate.trail.calls(account)
            if _is_of(call, *wanted)
            for row in rows(call)
        ]

    def _denials(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        account = _text(body, "account") or self._cloud.account
        calls = self._cloud.gate.trail.calls(account)
        denied = [call for call in calls if call.denied is not None]
        return [told for call in denied[-_DENIALS:] if (told := explained(call))]

    def _session(self, body: dict[str, Any]) -> dict[str, Any]:
        role, user = _text(body, "role"), _text(body, "user")
        account = _text(body, "account") or self._cloud.account
        sessions, now = self._cloud.gate.principals.sessions, self._cloud.clock.now()
        try:
            if "role" in body:
                session = sessions.lend_role(account, str(role), now=now)
            else:
                session = sessions.lend_user(account, str(user), now=now)
        except LookupError as error:
            raise _Refused(str(error.args[0]), 404) from None
        return {
            "access_key_id": session.access_key_id,
            "secret_access_key": session.secret_access_key,
            "session_token": session.token,
            "arn": session.principal.arn,
        }

    def _redeliver(self, body: dict[str, Any]) -> dict[str, Any]:
        queue = self._cloud.asynchronous
        function = _text(body, "function")
        delivered = queue.journal.deliveries(
            account=_text(body, "account"),
            region=_text(body, "region"),
            function=function,
        )
        if not delivered:
            whose = f" to {function}" if function else ""
            raise _Refused(
                f"nothing was delivered{whose} yet, so nothing can come again: only "
                "events of services and of asynchronous invocations do"
            )
        request_id = queue.redeliver(delivered[-1])
        return {
            "function": delivered[-1].function,
            "request_id": request_id,
            "event": _event(delivered[-1].payload),
        }

    def _faults(self, account: str, body: dict[str, Any]) -> None:
        """Ask for a fault, or take it back.

        `{"fail_next": n, "service", "operation"}`, `{"slow": ms, "service",
        "operation"}`, `{"shuffle": seed or null}`, `{"duplicate": bool}` or
        `{"clear": true}`. Services and operations are called as in boto3.
        """
        faults = self._cloud.faults
        if "clear" in body:
            faults.clear(account)
        elif "shuffle" in body:
            seed = body["shuffle"]
            if seed is not None and not isinstance(seed, int):
                raise _Refused(f"a seed is a whole number, not {seed!r}")
            faults.shuffle(account, seed)
        elif "duplicate" in body:
            faults.duplicate(account, bool(body["duplicate"]))
        else:
            try:
                service, operation = known(
                    str(body.get("service")), str(body.get("operation"))
                )
            except UnknownName as unknown:
                raise _Refused(str(unknown)) from None
            if "slow" in body:
                milliseconds = _whole(body, "slow", "milliseconds", LONGEST)
                faults.slow(account, service, operation, milliseconds)
            else:
                count = _whole(body, "fail_next", "requests", MOST)
                faults.fail_next(account, service, operation, count)

    def _hold(self, body: dict[str, Any]) -> str:
        account, operations = _text(body, "account"), body.get("operations")
        if account is None or not isinstance(operations, list):
            raise _Refused("a hold needs an account and a list of operations")
        return self._cloud.holds.begin(account, frozenset(map(str, operations)))

    def _held(self, body: dict[str, Any]) -> int:
        held = self._cloud.holds.held(
            _text(body, "hold") or "",
            at_least=int(_number(body, "at_least", 0)),
            within=min(_number(body, "timeout", 0.0), _LONG_POLL),
        )
        if held is None:
            raise _Refused(f"no hold {body.get('hold')!r}: it has ended", 404)
        return held


def _error(message: str) -> str:
    return json.dumps({"error": {"message": message}})


def _is_of(call: Call, principal: str | None, region: str | None) -> bool:
    """Whether a call is of a principal, by its ARN, or its user's or role's name."""
    if region not in (None, call.credentials.region):
        return False
    if principal is None:
        return True
    asked = call.caller.principal
    names = [asked.arn, asked.role_arn, asked.arn.rpartition("/")[2]]
    if asked.role_arn is not None:
        names.append(asked.role_arn.rpartition("/")[2])
    return principal in names


def _delivery(one: Delivery) -> dict[str, Any]:
    return {
        "kind": "delivery",
        "at": one.at,
        "source": one.source,
        "function": one.function,
        "request_id": one.request_id,
        "event": _event(one.payload),
    }


def _incident(one: Incident) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "at": one.at,
        "source": one.source,
        "resource": one.resource,
        "message": one.message,
        "request_id": one.request_id,
    }


def _event(payload: bytes) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        return payload.decode(errors="replace")


def _read(raw: bytes) -> dict[str, Any]:
    try:
        said = json.loads(raw) if raw else {}
    except ValueError:
        raise _Refused("the body is no JSON") from None
    if not isinstance(said, dict):
        raise _Refused("the body has to be a JSON object")
    return said


def _number(body: dict[str, Any], name: str, default: float) -> float:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Refused(f"{name} has to be a number of seconds, not {value!r}")
    if not math.isfinite(value) or value < 0:
        raise _Refused(f"{name} can't be {value}: time only goes forward")
    return float(value)


def _whole(body: dict[str, Any], name: str, of: str, most: int) -> int:
    value = body.get(name)
    right = isinstance(value, int) and not isinstance(value, bool)
    if not right or not 0 <= body[name] <= most:
        raise _Refused(
            f"{name} takes a whole number of {of} from 0 to {most}, not {value!r}"
        )
    return int(body[name])


def _account(body: dict[str, Any]) -> str:
    account = _text(body, "account")
    if account is None:
        raise _Refused("say whose: an account's twelve digits")
    return account


def _text(body: dict[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise _Refused(f"{name} has to be text, not {value!r}")
    return value
