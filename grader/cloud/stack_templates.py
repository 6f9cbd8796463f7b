"""CloudFormation's templates, read as the data that they are.

moto reads YAML with a loader that makes whatever Python object a tag names: a template
with `!!python/object/apply:os.system` would run a program in the lab's own process.
"""

from __future__ import annotations

import functools
from types import SimpleNamespace


def prepare(service: str) -> None:
    """Change how moto reads templates before it reads its first."""
    if service == "cloudformation":
        _install()


@functools.cache
def _install() -> None:
    import yaml
    from moto.cloudformation import models, responses

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        """What tags mean is added by moto, to this class alone."""

    reading = SimpleNamespace(
        Loader=Loader,
        load=yaml.load,
        add_multi_constructor=functools.partial(
            yaml.add_multi_constructor, Loader=Loader
        ),
    )
    for module in (models, responses):
        module.yaml = reading
