"""A matplotlib figure with the same in words."""

from __future__ import annotations

import base64
import html
import io
from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DOTS = 90
"""Per inch."""


class Picture(ABC):
    """Shows as an image whose alternative is `text`, and elsewhere as `text`."""

    @property
    @abstractmethod
    def text(self) -> str:
        """All that the picture says, in words."""

    @cached_property
    def figure(self) -> Figure:
        """The picture; `figure.savefig("….png")` keeps it."""
        return self._drawn()

    @abstractmethod
    def _drawn(self) -> Figure:
        """Draw it. Not by pyplot: that would show it once more, and hold on to it."""

    def _repr_html_(self) -> str:
        png = io.BytesIO()
        self.figure.savefig(png, format="png", dpi=_DOTS)
        data = base64.b64encode(png.getvalue()).decode()
        alternative = html.escape(self.text, quote=True)
        return f'<img alt="{alternative}" src="data:image/png;base64,{data}">'

    def __repr__(self) -> str:
        return self.text
