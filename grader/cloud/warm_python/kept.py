"""Modules that are imported in advance, and hidden until a function imports them.

They are loaded as from ``/var/runtime``, where they are inside an environment, though
the files lie elsewhere on this machine: so tracebacks and ``__file__`` are the same as
those of a module that is imported there.

Those of the standard library are hidden as well, but for what a new interpreter has.
A function that imports one gets it, and with it what its import would have brought
along: no more, so ``sys.modules`` and packages' attributes are the same, too. It comes
by the finder of the folder in which it lies, at that folder's place in ``sys.path``:
what a function brings of the same name comes first, and then none is given.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    PathFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from types import ModuleType
from typing import Any

_LOADERS = (
    (ExtensionFileLoader, EXTENSION_SUFFIXES),
    (SourceFileLoader, SOURCE_SUFFIXES),
    (SourcelessFileLoader, BYTECODE_SUFFIXES),
)


class _Elsewhere(SourceFileLoader):
    """Reads the files of a path inside from where they are on this machine."""

    def __init__(self, name: str, path: str, outside: str) -> None:
        super().__init__(name, path)
        self._inside, self._outside = os.path.dirname(path), os.path.dirname(outside)

    def get_data(self, path: str) -> bytes:
        return super().get_data(self._there(path))

    def path_stats(self, path: str) -> Mapping[str, Any]:
        return super().path_stats(self._there(path))

    def _there(self, path: str) -> str:
        return self._outside + path.removeprefix(self._inside)


class _Library(MetaPathFinder):
    """Finds Lambda's libraries on this machine, and says that they lie inside."""

    def __init__(self, libraries: Mapping[str, str]) -> None:
        """``libraries`` maps files and folders inside to those of this machine."""
        self._libraries = dict(libraries)
        self.sizes: dict[str, int] = {}
        """Bytes of a module's file, by its name."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        for outside in self._places(fullname, path):
            finder = FileFinder(os.path.dirname(outside), *_LOADERS)
            spec = finder.find_spec(fullname)
            if spec is None or spec.origin is None:
                continue
            origin = self.inside(spec.origin)
            self.sizes[fullname] = os.stat(spec.origin).st_size
            if isinstance(spec.loader, SourceFileLoader):
                spec.loader = _Elsewhere(fullname, origin, spec.origin)
                spec.origin, spec.cached = origin, None
                if spec.submodule_search_locations is not None:
                    spec.submodule_search_locations = [os.path.dirname(origin)]
            return spec
        return None

    def inside(self, outside: str) -> str:
        """The path inside of a file of this machine."""
        for there, here in self._libraries.items():
            if outside == here or outside.startswith(here + "/"):
                return there + outside.removeprefix(here)
        return outside

    def _places(self, fullname: str, path: Sequence[str] | None) -> Iterable[str]:
        """Where on this machine a module may be, but for its suffix."""
        name = fullname.rpartition(".")[2]
        for inside, outside in self._libraries.items():
            if path is None:
                if os.path.basename(inside).partition(".")[0] == name:
                    yield outside
                continue
            for folder in path:
                if folder == inside or folder.startswith(inside + "/"):
                    yield f"{outside}{folder.removeprefix(inside)}/{name}"


class Kept:
    """What was imported in advance."""

    def __init__(
        self, libraries: Mapping[str, str], brings: Mapping[str, Collection[str]]
    ) -> None:
        """``brings`` says what a module imports while it is imported, as it goes on."""
        self._library = _Library(libraries)
        self._libraries = libraries
        self._brings = brings
        self._finders: list[Any] = []
        self._modules: dict[str, ModuleType] = {}
        self._forgotten: dict[str, ModuleType] = {}
        """Those that nobody will be given."""
        self._held: list[ModuleType] = []
        self._brought: dict[str, list[str]] = {}
        """A module and what comes with it, parents first."""
        self._folders: dict[str, _Folder] = {}
        self._tops = {os.path.basename(at).partition(".")[0] for at in libraries}
        self.cost = 0
        """Bytes of memory that they take."""
        self.on_use: Callable[[int], None] = lambda cost: None
        """Told of the memory of what the function uses from now on."""

    def load(self, work: Callable[[], None]) -> None:
        """Do what imports modules: those of the libraries will be kept."""
        before = list(sys.meta_path)
        sys.meta_path.insert(0, self._library)
        try:
            work()
        finally:
            sys.meta_path.remove(self._library)
        self._finders += [one for one in sys.meta_path if one not in before]

    def seal(
        self,
        begin: Collection[str],
        *,
        but: str,
        only: Collection[str] | None = None,
    ) -> None:
        """Everything is loaded: what wasn't there in the ``begin`` is kept.

        Modules of the package ``but`` aren't a function's, and are nobody's then. With
        ``only`` given, it's those modules and what they bring; the others will have to
        be imported anew, which takes its time.
        """
        for name, module in sys.modules.items():
            spec = getattr(module, "__spec__", None)
            top = name.partition(".")[0]
            if name in begin or name == "__main__" or top == but:
                continue
            if top in self._tops or (spec is not None and spec.has_location):
                self._modules[name] = module
        if only is not None:
            wanted = {each for name in only for each in self._found_with(name)}
            for name in self._modules.keys() - wanted:
                self._forgotten[name] = self._modules.pop(name)
        folders: set[str] = set()
        for name, module in self._modules.items():
            self._make_ordinary(module)
            self._brought[name] = self._found_with(name)
            folders.update(getattr(module, "__path__", ()))
            if (spec := module.__spec__) is not None and spec.has_location:
                lies = os.path.dirname(str(spec.origin))
                is_package = spec.submodule_search_locations is not None
                folders.add(os.path.dirname(lies) if is_package else lies)
        self._folders = {folder: _Folder(folder, self) for folder in folders}
        # Nobody needs what it has found, and to forget it would copy its pages.
        sys.path_importer_cache.clear()

    def forget(self, names: Iterable[str]) -> None:
        """Nobody will be given these; they stay in memory that is the parent's, too."""
        self._held += [sys.modules.pop(name) for name in names]

    def hide(self) -> None:
        """Forget, for whoever looks, what is kept; and give it to who imports it."""
        hidden = self._modules | self._forgotten
        for name, module in hidden.items():
            del sys.modules[name]
            parent, _, child = name.rpartition(".")
            if parent:
                above = hidden.get(parent) or sys.modules[parent]
                if vars(above).get(child) is module:
                    delattr(above, child)
        for finder in self._finders:
            sys.meta_path.remove(finder)
        sys.path_importer_cache.clear()
        sys.path_importer_cache.update(self._folders)

    def given(self, name: str) -> ModuleType | None:
        """The module, if nothing of what it brings was replaced by the function."""
        if name not in self._modules:
            return None
        brought = self._brought[name]
        for each in brought:
            if sys.modules.get(each, self._modules[each]) is not self._modules[each]:
                return None
        tops = self._tops & {each.partition(".")[0] for each in brought}
        for top in tops - {name}:
            if top not in sys.modules:
                found = PathFinder.find_spec(top)
                if found is None or found.origin != self._origin(top):
                    return None
        return self._modules[name]

    def give(self, name: str) -> None:
        """Let a module and what it brings be seen."""
        size = 0
        for each in self._brought[name]:
            module = self._modules[each]
            if each != name and each in sys.modules:
                continue
            size += self._library.sizes.get(each, 0)
            sys.modules[each] = module
            parent, _, child = each.rpartition(".")
            if parent and each != name:
                setattr(sys.modules[parent], child, module)
            for finder in self._finders:
                if type(finder).__module__ == each and finder not in sys.meta_path:
                    sys.meta_path.append(finder)
        whole = sum(self._library.sizes.values())
        self.on_use(self.cost * size // max(1, whole))

    def spec(self, name: str) -> ModuleSpec | None:
        return self._modules[name].__spec__

    def _origin(self, name: str) -> str | None:
        spec = self._modules[name].__spec__
        return None if spec is None else spec.origin

    def _found_with(self, name: str) -> list[str]:
        found: set[str] = set()
        waiting = [name]
        while waiting:
            each = waiting.pop()
            if each in found or each not in self._modules:
                continue
            found.add(each)
            waiting += self._brings.get(each, ())
            waiting.append(each.rpartition(".")[0])
        return sorted(found)

    def _make_ordinary(self, module: ModuleType) -> None:
        """As the interpreter's own finders would have left it inside."""
        spec = module.__spec__
        if spec is None or spec.origin is None:
            return
        if isinstance(spec.loader, _Elsewhere):
            loader: Any = SourceFileLoader(spec.name, spec.origin)
        elif (
            isinstance(spec.loader, ExtensionFileLoader)
            and (inside := self._library.inside(spec.origin)) != spec.origin
        ):
            loader = ExtensionFileLoader(spec.name, inside)
        else:
            return
        # Some say that they are packages without a folder.
        folders = spec.submodule_search_locations
        folders = None if folders is None else list(folders)
        module.__spec__ = ordinary = importlib.util.spec_from_file_location(
            spec.name,
            loader.path,
            loader=loader,
            submodule_search_locations=None if folders is None else list(folders),
        )
        assert ordinary is not None
        ordinary.submodule_search_locations = folders
        module.__loader__, module.__file__ = loader, ordinary.origin
        if isinstance(loader, SourceFileLoader):
            vars(module)["__cached__"] = ordinary.cached


class _Folder(FileFinder):
    """The finder of one folder inside, which has modules ready."""

    def __init__(self, path: str, kept: Kept) -> None:
        super().__init__(path, *_LOADERS)
        self._kept = kept

    def find_spec(
        self, fullname: str, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        module = self._kept.given(fullname)
        if module is None:
            return super().find_spec(fullname, target)
        known = self._kept.spec(fullname)
        assert known is not None
        spec = ModuleSpec(fullname, _Given(self._kept, module), origin=known.origin)
        spec.submodule_search_locations = known.submodule_search_locations
        return spec


class _Given(Loader):
    """Loads what is there."""

    def __init__(self, kept: Kept, module: ModuleType) -> None:
        self._kept = kept
        self._module = module
        self._spec = module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec
        self._kept.give(module.__name__)
