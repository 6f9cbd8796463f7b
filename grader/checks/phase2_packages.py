"""repair-the-zip: a folder too many, a module too few, a handler that isn't there."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from grader.checks.exercise import Failed, Work, exercise
from grader.checks.phase2_functions import (
    FUNCTION_MISCONCEPTIONS,
    Call,
    broken,
    call,
    runtime_of,
)
from grader.checks.probe import Probe

ENTRY = "deploy_postcards"
CODE = """
from rates import postage

def quote(event, context):
    country = event["country"]
    return {"country": country, "cents": event["cards"] * postage(country)}
"""
THANKFUL = """
from rates import postage
from words.thanks import THANKS

def quote(event, context):
    country = event["country"]
    cents = event["cards"] * postage(country)
    return {"country": country, "cents": cents, "note": THANKS}
"""
RATES = """
def postage(country):
    return {table}.get(country, {elsewhere})
"""
TABLE = "CENTS, ELSEWHERE = {table}, {elsewhere}\n"
FROM_TABLE = """
from rates.table import CENTS, ELSEWHERE

def postage(country):
    return CENTS.get(country, ELSEWHERE)
"""


@dataclass(frozen=True)
class Parcel:
    """A package as it was found, the shelf of its libraries, and what is right."""

    found: Mapping[str, str]
    shelf: Mapping[str, str]
    cents: Mapping[str, int]
    elsewhere: int
    note: str | None = None
    """What each answer says beside the price."""

    def answer(self, country: str, cards: int) -> dict[str, object]:
        """What a repaired function returns."""
        cents = cards * self.cents.get(country, self.elsewhere)
        said: dict[str, object] = {"country": country, "cents": cents}
        return said | ({"note": self.note} if self.note else {})


@exercise(
    "repair-the-zip",
    hints=(
        "List the names in the zip, and read the error as a search: Lambda was told a "
        "file and a function, and it begins at the top of the zip. Then read the first "
        "lines of quotes.py: what do they import, and is that in the zip?",
        'place = next(name for name in found if name.endswith("____"))\n'
        'folder = place.removesuffix("____")\n'
        "files = {name.removeprefix(____): text for name, text in found.items()}\n"
        "archive = package(files | ____)\n"
        'handler = "____.____"',
    ),
    explain_back="explain-repair-the-zip",
    misconceptions={
        **FUNCTION_MISCONCEPTIONS,
        "zipped-the-folder": "You may think that Lambda looks through the folders of a "
        "zip. It begins at the top, and what lies in a folder there stays in it.",
        "imports-on-my-machine": "You may think that what your computer can import, "
        "Lambda can import. It has its own Python, boto3, and what is in your zip.",
        "flattened-everything": "You may think that folders are the mistake. One was "
        "too many; a package is a folder too, and its name is part of the import.",
        "copy-of-a-library": "You may think that copying a few lines of a library is "
        "as good as packing it. The library changes, and your copy doesn't.",
    },
)
def repair_the_zip(probe: Probe, deploy: Work, *, variation: bool) -> None:
    """Your package runs: everything it needs is in it, and where Lambda looks."""
    for parcel in _varied(probe) if variation else [_shown()]:
        _works(probe, deploy, parcel)


def _shown() -> Parcel:
    """The package of the lesson."""
    cents, elsewhere = {"IE": 165, "FR": 260}, 310
    found = {
        "postcards-main/README.md": "Handler: app.handler\n",
        "postcards-main/quotes.py": CODE,
    }
    return Parcel(found, _module(cents, elsewhere), cents, elsewhere)


def _varied(probe: Probe) -> Iterator[Parcel]:
    """Another folder with a folder in it, a library in two files, and no folder."""
    cents = {"IE": probe.random.randint(50, 400), "JP": probe.random.randint(50, 400)}
    elsewhere = probe.random.randint(50, 400)
    folder = f"{probe.name('release')}/postcards/"
    note = probe.name("thanks")
    deeper = {
        f"{folder}words/thanks.py": f"THANKS = {note!r}\n",
        f"{folder}words/__init__.py": "",
        f"{folder}quotes.py": THANKFUL,
    }
    table = TABLE.format(table=cents, elsewhere=elsewhere)
    library = {"rates/__init__.py": FROM_TABLE, "rates/table.py": table}
    yield Parcel(deeper, library, cents, elsewhere, note)
    yield Parcel({"quotes.py": CODE}, _module(cents, elsewhere), cents, elsewhere)


def _module(cents: Mapping[str, int], elsewhere: int) -> dict[str, str]:
    return {"rates.py": RATES.format(table=dict(cents), elsewhere=elsewhere)}


def _works(probe: Probe, deploy: Work, parcel: Parcel) -> None:
    argument = probe.cloud_argument()
    returned = deploy(argument, dict(parcel.found), dict(parcel.shelf))
    name, _ = runtime_of(probe, returned, ENTRY)
    for country, cards in (("IE", 1), ("FR", 4), ("JP", 12)):
        said = call(probe, name, {"country": country, "cards": cards})
        if said.error is not None:
            raise _unfit(probe, name, said, parcel)
        right = parcel.answer(country, cards)
        if said.payload != right:
            raise Failed(
                f"I sent {said.sent}; the answer isn't what quotes.py makes of it with "
                "the rates on the shelf.",
                expected=json.dumps(right),
                observed=json.dumps(said.payload),
                look="which rates are in your package: the shelf's own files?",
                misconception="copy-of-a-library",
            )


def _unfit(probe: Probe, function: str, said: Call, parcel: Parcel) -> Failed:
    """Why Lambda couldn't load the package, with what is in it."""
    names = _names(probe, function)
    missing = next((one for one in _MISSING if one in said.fault), None)
    if missing is None:
        return broken(said)
    expected, look, misconception = _MISSING[missing]
    inside = _inside(parcel)
    # A package whose files lie at the top lost the folder that is its name.
    if inside and not inside & set(names):
        tops = {name.rpartition("/")[2] for name in inside}
        if tops & set(names):
            look = "the names of files that had a folder of their own"
            misconception = "flattened-everything"
    return Failed(
        f"I invoked it with {said.sent}; Lambda couldn't import what it needs.",
        expected=expected,
        observed=f"{said.fault}; the zip holds {', '.join(names)}",
        look=look,
        misconception=misconception,
    )


_MISSING = {
    "No module named 'quotes'": (
        "quotes.py at the top of the zip",
        "the names in your zip, from their first letter on",
        "zipped-the-folder",
    ),
    "No module named 'rates": (
        "what quotes.py imports, in the zip beside it",
        "the import at the top of quotes.py, and the names in your zip",
        "imports-on-my-machine",
    ),
    "No module named 'words": (
        "what lay beside quotes.py, still beside it",
        "the names in your zip: nothing but the folder around everything goes",
        "flattened-everything",
    ),
}


def _inside(parcel: Parcel) -> set[str]:
    """Names of the library's files that lie in a folder of their own."""
    return {name for name in parcel.shelf if "/" in name}


def _names(probe: Probe, function: str) -> list[str]:
    """What is in the zip that Lambda has."""
    where = probe.client("lambda").get_function(FunctionName=function)
    archive = probe.http("GET", where["Code"]["Location"]).body
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return sorted(opened.namelist())
