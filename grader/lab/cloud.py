"""The handle that a learner holds: `cloud`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

from grader.errors import LabBusy, LabError
from grader.lab import answers, logs, reports, sessions
from grader.lab.addresses import Addresses
from grader.lab.clock import Clock, LabClock, RealClock
from grader.lab.connection import Connection

if TYPE_CHECKING:
    import boto3

    from grader.lab.audit import Audit
    from grader.lab.bill import Bill
    from grader.lab.diagram import Diagram
    from grader.lab.inventory import Inventory
    from grader.lab.mail import Mailbox
    from grader.lab.timeline import Timeline
    from grader.lab.why import Explanation

VERBS = (
    "client, session, url, http, settle, clock, logs, reports, audit, why, diagram, "
    "as_role, as_user, mail, inventory, bill, timeline, redeliver, shuffle, "
    "duplicates, fail_next, slow, no_faults, fresh, stop, endpoint_url, region, account"
)


@dataclass(frozen=True)
class Keys:
    """Credentials of one account."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


class Cloud:
    """One AWS account: in the lab, or a real one where `endpoint_url` is None."""

    def __init__(
        self,
        endpoint_url: str | None,
        region: str,
        *,
        keys: Keys | None = None,
        connection: Connection | None = None,
        account: str | None = None,
        end: Callable[[], None] | None = None,
    ) -> None:
        self.endpoint_url = endpoint_url
        self.region = region
        self.clock: Clock
        self._keys = keys
        self._account = account
        self._connection = connection
        self._end = end
        self._home: Cloud | None = None
        self._sessions: dict[str, boto3.Session] = {}
        self._clients: dict[tuple[str, str], Any] = {}
        self._last_fault: tuple[datetime, answers.Answer] | None = None
        self._addresses = Addresses(self, endpoint_url, region)
        if endpoint_url is None:
            self.clock = RealClock()
        else:
            self._connection = connection or Connection(endpoint_url)
            self.clock = LabClock(self._connection)

    @property
    def keys(self) -> Keys:
        """The keys that this handle works with."""
        if self._keys is None:
            raise LabError("the keys of a real account are boto3's own business")
        return self._keys

    @property
    def account(self) -> str:
        """The account's twelve digits."""
        if self._account is None:
            self._account = str(self.client("sts").get_caller_identity()["Account"])
        return self._account

    @property
    def control(self) -> Connection:
        """The line to the lab process."""
        if self._connection is None:
            raise LabError(
                "checks, hints and predictions need the lab, not a real account: unset "
                "LAB_TARGET, restart the kernel and start again"
            )
        return self._connection

    def session(self, region: str | None = None) -> boto3.Session:
        """A boto3 session on this cloud, in its Region or another."""
        where = region or self.region
        if where not in self._sessions:
            self._sessions[where] = self._new_session(where)
        return self._sessions[where]

    def _new_session(self, region: str) -> boto3.Session:
        import boto3

        core = sessions.core(self.endpoint_url)
        if self._keys is None:
            return boto3.Session(region_name=region, botocore_session=core)
        return boto3.Session(
            **_named(self._keys), region_name=region, botocore_session=core
        )

    def client(self, service: str, region: str | None = None, **options: Any) -> Any:
        """A boto3 client of this cloud; `options` go to boto3 as they are.

        One without options is made once: that takes as long as a request.
        """
        self._alive()
        where = region or self.region
        with sessions.making:
            if options:
                return self.session().client(service, region_name=where, **options)
            at = (service, where)
            if at not in self._clients:
                self._clients[at] = self._new_client(service, where)
            return self._clients[at]

    def _new_client(self, service: str, region: str) -> Any:
        if self._keys is None or self.endpoint_url is None:
            return self.session().client(service, region_name=region)
        return sessions.of_all(self.endpoint_url).client(
            service, region_name=region, **_named(self._keys)
        )

    def url(self, resource: str | Mapping[str, Any], stage: str | None = None) -> str:
        """The invoke URL of an API or a function URL, with no slash at its end."""
        return self._addresses.url(resource, stage)

    def http(
        self,
        method: str,
        url_or_path: str,
        *,
        headers: answers.Headers | None = None,
        body: bytes | str | None = None,
        json: Any = None,
    ) -> answers.Answer:
        """A real HTTP request; a path is taken from the lab's own address."""
        url = url_or_path
        if url.startswith("/"):
            if self.endpoint_url is None:
                raise LabError(f"{url!r} is a path: on AWS give the whole URL")
            url = self.endpoint_url + url
        self._alive()
        answer = answers.send(
            method,
            self._addresses.reachable(url),
            headers=headers,
            body=body,
            json=json,
        )
        if answer.status >= 500:
            self._last_fault = (self.clock.now(), answer)
        return answer

    def settle(self, timeout: float = 60.0) -> None:
        """Wait until nothing is in flight and nothing is due now (`timeout` in s).

        Raises:
            LabBusy: there is still work in flight.
        """
        if self._connection is None:
            raise LabError(
                "nobody can tell when a real AWS account has settled: wait for the "
                "result itself, for instance with a boto3 waiter"
            )
        deadline = time.monotonic() + timeout
        while True:
            left = max(0.0, deadline - time.monotonic())
            if self._connection.post("/_lab/settle", {"timeout": left})["settled"]:
                return
            if time.monotonic() >= deadline:
                raise LabBusy(
                    f"the lab is still at work after {timeout:g} s: is a function "
                    "slow, or does one trigger itself? cloud.why() tells more"
                )

    def logs(self, function: str) -> logs.LogLines:
        """The log lines of a function, oldest first."""
        group = logs.log_group(self.client("lambda"), function)
        found = logs.lines(self.client("logs"), group)
        if not found:
            found.empty = logs.nothing(self.client("lambda"), function)
        return found

    def reports(self, function: str) -> reports.Reports:
        """The REPORT lines of a function: a list of reports that shows as a table."""
        return reports.reports(line.message for line in self.logs(function))

    def inventory(self) -> Inventory:
        """What exists in this account, in every Region.

        On real AWS in this Region only, and the inventory says so.
        """
        if self._connection is None:
            from grader.lab.region_inventory import of_region

            return of_region(self)
        from grader.lab.inventory import of_lab

        order = {"account": self.account}
        return of_lab(self._connection.post("/_lab/inventory", order)["resources"])

    def mail(self) -> Mailbox:
        """What was sent by SES, and by topics to e-mail subscribers, oldest first."""
        from grader.lab.mail import mailbox

        if self._connection is None:
            raise LabError(
                "on AWS, mail is in the mailboxes of those who got it; only the lab "
                "can look into all of them"
            )
        order = {"account": self.account}
        return mailbox(self._connection.post("/_lab/mail", order)["mails"])

    def bill(self, month: str | None = None) -> Bill:
        """What this account's use would cost on AWS: of this month, or of `"2026-11"`.

        Raises:
            LabError: on real AWS, where Cost Explorer knows.
        """
        from grader.lab import bill

        if self._connection is None:
            raise LabError(
                "the lab bills its own accounts only. What a real one costs is in Cost "
                "Explorer (https://console.aws.amazon.com/costmanagement/), a day later"
            )
        order = {"account": self.account, **({"month": month} if month else {})}
        return bill.from_wire(self._connection.post("/_lab/bill", order))

    def diagram(self) -> Diagram:
        """A picture of what is deployed, drawn from the account itself."""
        from grader.lab.diagram import Diagram
        from grader.lab.survey import survey

        return Diagram(survey(self))

    def timeline(self, of: str | None = None) -> Timeline:
        """What one event caused: calls and invocations, with waits and retries.

        Args:
            of: the request id of a call, an event or an invocation; without it the last
                chain of events that ran a function.
        """
        from grader.lab.timeline import timeline

        if self._home is not None:
            return self._home.timeline(of)
        if self._connection is None:
            raise LabError(
                "on AWS, X-Ray draws what one event caused, for functions that trace "
                "actively; the lab keeps a timeline of its own accounts only"
            )
        order = {"account": self.account, **({"of": of} if of else {})}
        return timeline(self._connection.post("/_lab/chain", order)["parts"])

    def why(self) -> Explanation:
        """The last failure: what happened, and where to look."""
        from grader.lab.why import explain

        if self._home is not None:
            # A role may not even read what there is to tell.
            return self._home.why()
        return explain(self, self.journal(), self._denials(), self._last_fault)

    def _denials(self) -> list[dict[str, Any]]:
        if self._connection is None:
            return []
        order = {"account": self.account}
        return list(self._connection.post("/_lab/denials", order)["denials"])

    def audit(self, principal: str | None = None) -> Audit:
        """Every call that was made, of everybody or of one user or role.

        Args:
            principal: the name or ARN of a user or role, or the ARN of a session.
        """
        from grader.lab.audit import audit

        if self._connection is None:
            raise LabError(
                "on AWS, CloudTrail keeps what was called, some minutes later: look at "
                "its event history, or client('cloudtrail').lookup_events()"
            )
        order: dict[str, Any] = {"account": self.account}
        if principal is not None:
            order["principal"] = principal
        return audit(self._connection.post("/_lab/audit", order)["rows"])

    def as_role(self, role_name: str) -> Cloud:
        """This account as a role sees it, whoever its trust policy names."""
        return self._as(role=role_name)

    def as_user(self, user_name: str) -> Cloud:
        """This account as a user sees it."""
        return self._as(user=user_name)

    def _as(self, **whom: str) -> Cloud:
        if self._connection is None or self.endpoint_url is None:
            raise LabError(
                "only the lab lets you in as somebody else: on AWS call "
                "sts.assume_role(RoleArn=…, RoleSessionName=…), which the role's trust "
                "policy has to allow, and use the credentials that it returns"
            )
        order = {"account": self.account, **whom}
        said = self._connection.post("/_lab/session", order)
        lent = self.with_keys(
            Keys(
                said["access_key_id"], said["secret_access_key"], said["session_token"]
            )
        )
        lent._home = self
        return lent

    def with_keys(self, keys: Keys) -> Cloud:
        """This account and Region with other keys."""
        return Cloud(
            self.endpoint_url,
            self.region,
            keys=keys,
            connection=self._connection,
            account=self._account,
        )

    def journal(self) -> list[dict[str, Any]]:
        """What the lab noted of deliveries, oldest first; nothing on real AWS."""
        if self._connection is None:
            return []
        return list(self._connection.post("/_lab/journal", self._scope())["entries"])

    def redeliver(self, function: str | None = None) -> dict[str, Any]:
        """Deliver the last event again, as every at-least-once source may.

        Args:
            function: whose last event; without it the last event of all.

        Returns:
            `{"function": …, "request_id": …, "event": …}` of what was delivered.
        """
        if self._connection is None:
            raise LabError("AWS delivers twice when it likes; only the lab on demand")
        order = self._scope()
        if function is not None:
            order["function"] = logs.function_name(function)
        return self._connection.post("/_lab/redeliver", order)

    def fail_next(self, service: str, operation: str, times: int = 1) -> None:
        """Let the next requests of an operation fail as AWS fails for too many.

        Of a batch that can fail in part, such as DynamoDB's BatchWriteItem, half is
        done and the rest comes back. boto3 tries most failures again by itself.

        Args:
            service: as in boto3, `"dynamodb"`.
            operation: `"BatchWriteItem"` or `"batch_write_item"`.
            times: how many requests; 0 takes it back.
        """
        self._fault(service=service, operation=operation, fail_next=times)

    def slow(self, service: str, operation: str, milliseconds: int) -> None:
        """Answer an operation so much later from now on; 0 takes it back."""
        self._fault(service=service, operation=operation, slow=milliseconds)

    def shuffle(self, seed: int | None = 1) -> None:
        """Deliver events that are due at once in another order, one after the other.

        Args:
            seed: another one gives another order; None ends it.
        """
        self._fault(shuffle=seed)

    def duplicates(self, on: bool = True) -> None:
        """Deliver each event to functions twice, as at-least-once sources may."""
        self._fault(duplicate=on)

    def no_faults(self) -> None:
        """End every fault that was asked for."""
        self._fault(clear=True)

    def _fault(self, **order: Any) -> None:
        if self._connection is None:
            raise LabError(
                "AWS throttles, slows down, and delivers twice or out of order when it "
                "likes; only the lab does on demand"
            )
        self._connection.post("/_lab/faults", {"account": self.account, **order})

    def fresh(self, region: str | None = None) -> Cloud:
        """A second, empty account of the lab, in this Region or another."""
        if self._connection is None or self.endpoint_url is None:
            raise LabError("a fresh account exists in the lab only, not on real AWS")
        new = self._connection.post("/_lab/fresh")
        return Cloud(
            self.endpoint_url,
            region or self.region,
            keys=Keys(new["access_key_id"], new["secret_access_key"]),
            connection=self._connection,
            account=new["account"],
        )

    def stop(self) -> None:
        """End the lab and everything that it started; a second time does nothing."""
        if self._end is None:
            raise LabError("this handle didn't start a lab, so it can't stop one")
        self._end()

    def _scope(self) -> dict[str, Any]:
        return {"account": self.account, "region": self.region}

    def _alive(self) -> None:
        if self._connection is not None:
            self._connection.alive()

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"cloud has no {name!r}; it has: {VERBS}")

    def __repr__(self) -> str:
        where = self.endpoint_url or "real AWS"
        return f"Cloud({where}, {self.region})"


def _named(keys: Keys) -> dict[str, str | None]:
    return {
        "aws_access_key_id": keys.access_key_id,
        "aws_secret_access_key": keys.secret_access_key,
        "aws_session_token": keys.session_token,
    }


def from_wire(said: Mapping[str, Any], home: Cloud) -> Cloud:
    """The handle that the examiner sends as `{"$cloud": {…}}`.

    Its endpoint is the kernel's own, which a sandbox may have put elsewhere.
    """
    return Cloud(
        home.endpoint_url,
        said["region"],
        keys=Keys(
            said["access_key_id"],
            said["secret_access_key"],
            said.get("session_token"),
        ),
        connection=home.control,
        account=said["account"],
    )
