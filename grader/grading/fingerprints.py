"""Fingerprints of code that survive renaming: winnowing over tokens.

Schleimer, Wilkerson, Aiken: "Winnowing: local algorithms for document fingerprinting",
SIGMOD 2003. Names that their writer chose all count as one, also in code that is a
string, as that of functions is; what AWS and Python named counts by its name.
"""

from __future__ import annotations

import keyword
import re
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

NOISE = 20
"""Tokens: shorter matches are chance. The paper's k."""
WINDOW = 10
"""One fingerprint at least is kept of so many. The paper's w."""
CERTAIN = NOISE + WINDOW - 1
"""Tokens: a match of so many is always found."""

_TOKEN = re.compile(r"#[^\n]*|[^\W\d]\w*|\d[\w.]*|\S")
_KEPT = frozenset(keyword.kwlist) | frozenset(
    {"const", "let", "function", "new", "typeof", "export", "catch", "throw"}
)
_QUOTES = "\"'`"
_NAME, _NUMBER = "name", "number"
_BASE, _PRIME = 1_000_003, (1 << 61) - 1


@dataclass(frozen=True)
class Token:
    """A token as it counts, and the line where it stands, from 0."""

    text: str
    line: int


@dataclass(frozen=True)
class Fingerprint:
    """A hash of `NOISE` tokens, and the place of the first of them."""

    value: int
    at: int


def words(sources: Iterable[str]) -> frozenset[str]:
    """The words of code that everybody was given: names in strings that aren't own."""
    return frozenset(
        found for source in sources for found in re.findall(r"[^\W\d]\w*", source)
    )


def tokens(source: str, known: Collection[str] = ()) -> list[Token]:
    """The tokens of some code, Python or what else looks like it; comments are none.

    Args:
        known: the words that stay as they are where they are a whole string.
    """
    found = []
    before = ""
    line = counted = 0
    for match in _TOKEN.finditer(source):
        text, start = match[0], match.start()
        if text[0] == "#":
            continue
        line += source.count("\n", counted, start)
        counted = start
        found.append(Token(_counted(source, match, before, known), line))
        before = text
    return found


def _counted(
    source: str, match: re.Match[str], before: str, known: Collection[str]
) -> str:
    """A token as it counts, given the one before it."""
    text, end = match[0], match.end()
    if text[0].isdigit():
        return _NUMBER
    if not (text[0].isalpha() or text[0] == "_"):
        return text
    if text in _KEPT or before == "." or _is_argument(source, end, before):
        return text
    if text in known and _is_string(source, match.start(), end):
        return text
    return _NAME


def _is_argument(source: str, end: int, before: str) -> bool:
    """Whether a name is that of an argument in a call, `Bucket=…`."""
    if before not in ("(", ","):
        return False
    after = source[end : end + 3].lstrip(" ")
    return after.startswith("=") and not after.startswith("==")


def _is_string(source: str, start: int, end: int) -> bool:
    quote = source[start - 1 : start]
    return bool(quote) and quote in _QUOTES and source[end : end + 1] == quote


def grams(found: Sequence[Token]) -> list[int]:
    """The hash of every `NOISE` tokens that follow each other."""
    codes = [zlib.crc32(token.text.encode("utf-8", "replace")) for token in found]
    if len(codes) < NOISE:
        return []
    power = pow(_BASE, NOISE - 1, _PRIME)
    rolling = 0
    for code in codes[:NOISE]:
        rolling = (rolling * _BASE + code) % _PRIME
    hashes = [rolling]
    for gone, come in zip(codes, codes[NOISE:], strict=False):
        rolling = ((rolling - gone * power) * _BASE + come) % _PRIME
        hashes.append(rolling)
    return hashes


def winnowed(hashes: Sequence[int]) -> list[Fingerprint]:
    """The smallest hash of each window, the last of equals."""
    chosen: list[Fingerprint] = []
    for end in range(min(WINDOW, len(hashes)) or 1, len(hashes) + 1):
        start = max(0, end - WINDOW)
        window = hashes[start:end]
        least = min(window)
        at = end - 1 - window[::-1].index(least)
        if not chosen or chosen[-1].at != at:
            chosen.append(Fingerprint(least, at))
    return chosen
