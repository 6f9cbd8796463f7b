"""Schedule expressions: ``rate(5 minutes)`` and ``cron(0 18 ? * MON-FRI *)``.

moto takes any text in the brackets. Follows "Setting a schedule pattern for scheduled
rules (legacy)" in the EventBridge user guide.
"""

from __future__ import annotations

import re

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)(s?)\)")
_CRON = re.compile(r"cron\(([^()]*)\)")
_MONTHS = (
    *("JAN", "FEB", "MAR", "APR", "MAY", "JUN"),
    *("JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
)
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
# Lowest and highest value of each field, and the names of values.
_MINUTE, _HOUR, _DAY_OF_MONTH, _MONTH, _DAY_OF_WEEK, _YEAR = range(6)
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7), (1970, 2199))
_NAMES = {_MONTH: _MONTHS, _DAY_OF_WEEK: _DAYS}


def is_schedule(expression: str) -> bool:
    """Say whether EventBridge takes an expression."""
    if rate := _RATE.fullmatch(expression):
        number = int(rate[1])
        # One is singular, everything else plural.
        return number > 0 and (number == 1) == (not rate[3])
    cron = _CRON.fullmatch(expression)
    return cron is not None and _is_cron(cron[1].split())


def _is_cron(fields: list[str]) -> bool:
    if len(fields) != len(_RANGES):
        return False
    # A day is said by the month or by the week, and `?` stands in the other field.
    days = (fields[_DAY_OF_MONTH], fields[_DAY_OF_WEEK])
    if days.count("?") != 1:
        return False
    return all(_fits(field, place) for place, field in enumerate(fields))


def _fits(field: str, place: int) -> bool:
    if field == "?":
        return place in (_DAY_OF_MONTH, _DAY_OF_WEEK)
    parts = field.split(",")
    # Only one expression may have a `#`.
    if "#" in field and len(parts) > 1:
        return False
    return all(_part_fits(part, place) for part in parts)


def _part_fits(part: str, place: int) -> bool:
    if place == _DAY_OF_MONTH and (part in ("L", "LW") or _nearest(part)):
        return True
    if place == _DAY_OF_WEEK and _special_day(part):
        return True
    base, slash, step = part.partition("/")
    if slash and not (step.isdecimal() and int(step) > 0):
        return False
    if base == "*":
        return True
    ends = base.split("-")
    values = [_value(end, place) for end in ends]
    return len(ends) <= 2 and None not in values


def _nearest(part: str) -> bool:
    """Say whether a part is a weekday close to a day, such as ``15W``."""
    return part.endswith("W") and _value(part[:-1], _DAY_OF_MONTH) is not None


def _special_day(part: str) -> bool:
    """Say whether a part is the last or the n-th of a weekday: ``6L``, ``2#1``."""
    if part == "L":
        return True
    if part.endswith("L"):
        return _value(part[:-1], _DAY_OF_WEEK) is not None
    day, sharp, which = part.partition("#")
    return bool(sharp) and which in "12345" and _value(day, _DAY_OF_WEEK) is not None


def _value(text: str, place: int) -> int | None:
    low, high = _RANGES[place]
    names = _NAMES.get(place, ())
    if text.upper() in names:
        return names.index(text.upper()) + 1
    if text.isdecimal() and low <= int(text) <= high:
        return int(text)
    return None
