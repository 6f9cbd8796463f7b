"""Notes what each module imports, from the first import of a process on.

So it imports nothing itself but what every interpreter has.
"""

import builtins
import sys


class Imports:
    """Notes, until ``stop``, what modules import at their outermost level."""

    def __init__(self) -> None:
        self.begin = set(sys.modules)
        self.brings: dict[str, set[str]] = {}
        """The modules that a module imported, by its name; names in them, too."""
        self._ordinary = builtins.__import__
        builtins.__import__ = self._note

    def stop(self) -> None:
        builtins.__import__ = self._ordinary

    def _note(self, name, globals=None, locals=None, fromlist=(), level=0):  # type: ignore[no-untyped-def]  # noqa: A002
        found = self._ordinary(name, globals, locals, fromlist, level)
        if globals and sys._getframe(1).f_code.co_name == "<module>":
            if level:
                package = globals["__package__"].rsplit(".", level - 1)[0]
                name = f"{package}.{name}" if name else package
            brings = self.brings.setdefault(globals["__name__"], set())
            brings.add(name)
            brings.update(f"{name}.{each}" for each in fromlist or ())
        return found
