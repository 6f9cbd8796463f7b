"""Keeps as many environments ready as provisioned concurrency asks for.

https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
An alias's environments serve every invocation of the version that it names.
"""

from __future__ import annotations

import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from grader.cloud import functions
from grader.cloud.aws_errors import AWSError
from grader.cloud.environments import Environments
from grader.cloud.execution import Ended
from grader.cloud.functions import Change, FunctionVersion
from grader.cloud.in_flight import InFlight
from grader.cloud.invocation import Invoker

_log = logging.getLogger(__name__)

# Environments kept ready on this machine, over all functions.
_MOST = 32
INIT_FAILED = "FUNCTION_ERROR_INIT_FAILURE"
TOO_MANY = f"This machine keeps at most {_MOST} environments ready."


class ProvisionedEnvironments:
    """Starts and ends environments ahead of their invocations, one after another.

    What is under way counts as in flight.
    """

    def __init__(
        self, invoker: Invoker, environments: Environments, in_flight: InFlight
    ) -> None:
        self._invoker = invoker
        self._environments = environments
        self._in_flight = in_flight
        self._worker = ThreadPoolExecutor(1, "provisioned-concurrency")
        self._stopped = False

    def adjust(self, account: str, region: str, name: str) -> None:
        """Bring a function's environments in line with its settings, soon."""
        if self._stopped:
            return
        self._in_flight.begin()
        self._worker.submit(self._run, account, region, name)

    def on_change(self, change: Change) -> None:
        """Follow a change of a function: its versions may be gone."""
        functions.reallocate(change.account, change.region, change.name)

    def on_end(self, ended: Ended) -> None:
        """Replace an environment that its invocation has ended."""
        one = ended.function
        if ended.report.status != "success" and functions.provisioned_concurrency(
            one.account, one.region, one.name
        ):
            self.adjust(one.account, one.region, one.name)

    def stop(self) -> None:
        """Start nothing any more."""
        self._stopped = True

    def close(self) -> None:
        """Wait for what is under way, which ends with the environments."""
        self.stop()
        self._worker.shutdown()

    def _run(self, account: str, region: str, name: str) -> None:
        try:
            if not self._stopped:
                self._adjust(account, region, name)
        except AWSError:
            # Deleted meanwhile: that is a change of its own, which comes next.
            pass
        except Exception:  # noqa: BLE001 - the worker outlives any function
            _log.exception("provisioned concurrency of %s failed", name)
        finally:
            self._in_flight.end()

    def _adjust(self, account: str, region: str, name: str) -> None:
        shares = functions.provisioned_shares(account, region, name)
        versions = {
            number: functions.find(account, region, name, number).version
            for number in {share.version for share in shares}
        }
        wanted: Counter[str] = Counter()
        for share in shares:
            wanted[share.version] += share.count
        self._environments.withdraw(
            (account, region, name),
            {version.revision: wanted[number] for number, version in versions.items()},
        )
        failures = {
            number: failure
            for number, version in versions.items()
            if (failure := self._start(version, wanted[number])) is not None
        }
        functions.note_allocation(account, region, name, shares, failures)

    def _start(self, version: FunctionVersion, wanted: int) -> str | None:
        """Start what is missing; say why not, in a word of Lambda's, if it failed."""
        missing = wanted - self._environments.provisioned(version)
        if self._environments.provisioned() + missing > _MOST:
            return TOO_MANY
        for _ in range(missing):
            if self._stopped or not self._invoker.provision(version):
                return INIT_FAILED
        return None
