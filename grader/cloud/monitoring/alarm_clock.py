"""Alarms on the lab's clock: evaluated when their data can have changed, and acting.

CloudWatch evaluates every minute. Here an alarm's turn is only taken where its outcome
can be another than in the turn before, so an alarm over quiet metrics costs nothing.
"""

from __future__ import annotations

import threading
from collections import defaultdict

from grader.cloud.asynchronous import AsynchronousInvoker
from grader.cloud.clock import Clock, Due
from grader.cloud.journal import Incident
from grader.cloud.monitoring import alarm_actions, alarm_evaluation, composite_alarms
from grader.cloud.monitoring.alarm_settings import Watched, watched
from grader.cloud.monitoring.alarms import Alarm, State
from grader.cloud.monitoring.metrics import Metric
from grader.cloud.monitoring.storage import MonitoringBackend

_Key = tuple[str, str, str]


class AlarmClock:
    """Evaluates the alarms of every account and Region, and runs their actions."""

    def __init__(self, clock: Clock, asynchronous: AsynchronousInvoker) -> None:
        self._clock = clock
        self._asynchronous = asynchronous
        self._lock = threading.RLock()
        self._due: dict[_Key, tuple[int, Due]] = {}
        self._watched: dict[_Key, Watched] = {}
        self._watching: dict[Metric, set[_Key]] = defaultdict(set)
        self._backends: dict[_Key, MonitoringBackend] = {}
        self._namespaces: set[str] = set()

    def close(self) -> None:
        """Evaluate nothing any more."""
        with self._lock:
            for _, due in self._due.values():
                due.cancel()
            self._due.clear()
            self._watched.clear()
            self._watching.clear()

    def set(self, backend: MonitoringBackend, alarm: Alarm) -> None:
        """Take an alarm that is new or has new settings: it has its turn soon."""
        self.drop(alarm)
        key = _key(alarm)
        self._backends[key] = backend
        if alarm.kind == "CompositeAlarm":
            # CloudWatch evaluates a rule at once, and again when its alarms change.
            self._clock.call_at(
                self._clock.now(), lambda: self._evaluate_rule(backend, alarm.name)
            )
            return
        settings = watched(alarm.members)
        with self._lock:
            self._watched[key] = settings
            for stat in settings.stats:
                self._watching[stat.metric].add(key)
            self._note_namespaces()
            self._schedule(key, alarm_evaluation.next_turn(settings, self._clock.now()))

    def drop(self, alarm: Alarm) -> None:
        """Forget an alarm."""
        key = _key(alarm)
        with self._lock:
            _, due = self._due.pop(key, (0, None))
            if due is not None:
                due.cancel()
            settings = self._watched.pop(key, None)
            for stat in settings.stats if settings else ():
                self._watching[stat.metric].discard(key)
            self._note_namespaces()

    def watches(self, namespace: str) -> bool:
        """Say whether some alarm is on a metric of a namespace."""
        return namespace in self._namespaces

    def data_came(self, backend: MonitoringBackend, metric: Metric) -> None:
        """Give the alarms on a metric their next turn."""
        if metric not in self._watching:
            return
        with self._lock:
            for key in self._watching[metric]:
                if key[:2] == (backend.account_id, backend.region_name):
                    self._take_next_turn(key)

    def state_set(self, backend: MonitoringBackend, alarm: Alarm, new: State) -> None:
        """Put an alarm in a state by hand; it stays in it until its next turn."""
        self._enter(backend, alarm, new)
        with self._lock:
            if _key(alarm) in self._watched:
                self._take_next_turn(_key(alarm))

    def _take_next_turn(self, key: _Key) -> None:
        turn = alarm_evaluation.next_turn(self._watched[key], self._clock.now())
        self._schedule(key, turn)

    def _note_namespaces(self) -> None:
        self._namespaces = {
            metric.namespace for metric, keys in self._watching.items() if keys
        }

    def _schedule(self, key: _Key, turn: int) -> None:
        planned, due = self._due.get(key, (0, None))
        if due is not None:
            if planned <= turn:
                return
            due.cancel()
        self._due[key] = (
            turn,
            self._clock.call_at(turn, lambda: self._turn(key, turn)),
        )

    def _turn(self, key: _Key, at: int) -> None:
        backend = self._backends[key]
        with self._lock:
            settings = self._watched.get(key)
            alarm = backend.alarms.get(key[2])
            if self._due.get(key, (None,))[0] == at:
                del self._due[key]
            if settings is None or alarm is None:
                return
        new = alarm_evaluation.evaluate(settings, backend.metrics, at)
        if new is not None and new.value != alarm.state.value:
            self._enter(backend, alarm, new)
        following = alarm_evaluation.next_change(settings, backend.metrics, at)
        with self._lock:
            if following is not None and key in self._watched:
                self._schedule(key, following)

    def _evaluate_rule(self, backend: MonitoringBackend, name: str) -> None:
        alarm = backend.alarms.get(name)
        if alarm is None or alarm.rule is None:
            return
        new = composite_alarms.evaluate(alarm, backend.alarms, at=self._clock.now())
        if new is not None:
            self._enter(backend, alarm, new)

    def _enter(self, backend: MonitoringBackend, alarm: Alarm, new: State) -> None:
        """Let an alarm enter a state: history, actions, events, composite alarms."""
        old, alarm.state = alarm.state, new
        if new.value == old.value:
            return
        backend.history.changed(alarm, old=old, new=new)
        if alarm.actions_enabled:
            for action in alarm.actions(new.value):
                self._act(backend, alarm, action, old)
        try:
            alarm_actions.announce(alarm, old=old)
        except Exception as failure:  # noqa: BLE001 - any target's own error
            self._note(alarm, f"EventBridge wasn't told of the alarm: {failure}")
        for parent in composite_alarms.parents(alarm.name, backend.alarms):
            self._evaluate_rule(backend, parent.name)

    def _act(
        self, backend: MonitoringBackend, alarm: Alarm, action: str, old: State
    ) -> None:
        error = message = None
        try:
            message = alarm_actions.act(alarm, action, old=old, invoke=self._invoke)
        except Exception as failure:  # noqa: BLE001 - any service's own error
            error = str(failure)
            self._note(alarm, f"The alarm's action {action} failed: {error}")
        backend.history.acted(
            alarm, action=action, error=error, message=message, at=self._clock.now()
        )

    def _note(self, alarm: Alarm, message: str) -> None:
        """Tell why() of what only a history shows."""
        self._asynchronous.journal.incident(
            Incident(
                at=self._clock.now(),
                kind="alarm",
                source="cloudwatch",
                account=alarm.account,
                region=alarm.region,
                resource=alarm.alarm_arn,
                message=message,
            )
        )

    def _invoke(self, account: str, region: str, arn: str, event: bytes) -> object:
        return self._asynchronous.submit(
            account, region, arn, event, source="cloudwatch"
        )


def _key(alarm: Alarm) -> _Key:
    return alarm.account, alarm.region, alarm.name
