"""The examiner, and the checks of each phase.

A check observes the behaviour of what the learner deployed, never the text of the code.
"""

import importlib
import pkgutil
from functools import cache


@cache
def load() -> None:
    """Import every module of checks (`phase…`), so that its exercises are known."""
    for module in sorted(found.name for found in pkgutil.iter_modules(__path__)):
        if module.startswith("phase"):
            importlib.import_module(f"{__name__}.{module}")
