"""Calls that a function made in its learner's own account, and was given another.

A variation works in an account of its own. A client that wasn't made from its cloud, or
that has keys such as `test` typed in, is not in that account, and what a check finds
there doesn't tell why.
"""

from __future__ import annotations

from grader.checks.exercise import Exercise, Failed, Unattempted
from grader.lab.cloud import Cloud

MISCONCEPTION = "client-of-another-cloud"
_ADMINISTRATOR = ":user/administrator"
_SHOWN = 3
# It tells who somebody is, and does nothing.
_NOTHING_DONE = "sts:GetCallerIdentity"


class OwnAccount:
    """The account that plain clients are in, from now on."""

    def __init__(self, cloud: Cloud) -> None:
        """`cloud` is a handle of it, of the examiner's."""
        self._cloud = cloud
        self._account = cloud.account
        self._since = cloud.clock.now()

    def blame(self, failure: Failed, exercise: Exercise) -> None:
        """Lead a failure to the calls that were made here, if there are any."""
        if isinstance(failure, Unattempted) or not (actions := self._actions()):
            return
        service = actions[0].partition(":")[0]
        failure.look = (
            f"the clients inside your function. I gave it a cloud in another account, "
            f"and it called {', '.join(actions[:_SHOWN])} in your own. Every client "
            f'comes from that cloud, without keys of its own: cloud.client("{service}")'
        )
        if MISCONCEPTION in exercise.misconceptions:
            failure.misconception = MISCONCEPTION

    def _actions(self) -> list[str]:
        """What its administrator did here, each once."""
        made = dict.fromkeys(
            call.action
            for call in self._cloud.audit()
            if call.time >= self._since and call.principal.endswith(_ADMINISTRATOR)
        )
        made.pop(_NOTHING_DONE, None)
        return list(made)
