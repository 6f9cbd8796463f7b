"""Making what a learner wrote harmless in somebody else's browser.

A page that shows it has `POLICY` too: no script runs and nothing is fetched, even if a
tag came through here.
"""

from __future__ import annotations

import functools
import html
import re
from typing import Any

from bleach.css_sanitizer import CSSSanitizer
from bleach.sanitizer import Cleaner

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""For `Content-Security-Policy`."""
_TAGS = (
    "a abbr b blockquote br caption code col colgroup dd del details div dl dt em "
    "figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li ol p pre q s samp small "
    "span strong sub summary sup table tbody td tfoot th thead tr u ul var"
)
TAGS = frozenset(_TAGS.split())
_ATTRIBUTES = {
    "*": {"style", "title", "lang", "dir"},
    "a": {"href"},
    "details": {"open"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "scope", "align"},
}
# Neither what loads something nor what lets a cell's output lie over the page.
_STYLES = (
    "border border-bottom border-collapse border-color border-left border-radius "
    "border-right border-style border-top border-width color background-color display "
    "font-family font-size font-style font-weight height line-height max-width "
    "min-width padding padding-bottom padding-left padding-right padding-top "
    "text-align text-decoration vertical-align white-space width"
)
_DEEPEST = 200
_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+\Z")
_FILE = re.compile(r"(?![./\\])(?!.*\.\.)[^:\\?#]+\Z")
# bleach takes tags away and leaves the text in them, and theirs was never one.
_UNSEEN = re.compile(
    r"<!--.*?(-->|\Z)|<(script|style|template|title|iframe|noscript|svg|math|object)\b.*?"
    r"(</\2\s*[^>]*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)


def harmless(markup: str, *, files: bool = False) -> str:
    """HTML without script, forms, frames, addresses to load and ids of its own.

    Tags that aren't `TAGS` go, their text stays. What is nested too deeply is shown as
    it was written: reading it takes the square of its depth.

    Args:
        files: whether pictures may be files beside the page.
    """
    seen = _UNSEEN.sub("", markup)
    try:
        return str(_cleaner(files).clean(seen))
    except _TooDeep:
        return html.escape(seen)


def picture(kind: str, data: str) -> str | None:
    """The address of a picture from a cell's output; None if it is none.

    Args:
        kind: its media type. In an `img`, SVG has neither script nor network.
        data: base64, or text if it is SVG.
    """
    if kind == "image/svg+xml":
        import base64

        encoded = base64.b64encode(data.encode()).decode()
        return f"data:image/svg+xml;base64,{encoded}"
    address = f"data:{kind};base64,{data.strip()}"
    return address if _PICTURE.match(address) else None


@functools.cache
def _cleaner(files: bool) -> Any:
    def allowed(tag: str, name: str, value: str) -> bool:
        if tag == "img" and name == "src" and files and _FILE.match(value):
            return True
        return _allowed(tag, name, value)

    cleaner = Cleaner(
        tags=TAGS,
        attributes=allowed,
        protocols={"http", "https", "mailto", "data"},
        css_sanitizer=CSSSanitizer(allowed_css_properties=_STYLES.split()),
        strip=True,
        strip_comments=True,
    )
    tree = cleaner.parser.tree
    begin = tree.reset

    def reset() -> None:
        begin()
        tree.openElements = _OpenElements(tree.openElements)

    tree.reset = reset
    return cleaner


class _TooDeep(Exception):
    """More elements in one another than anybody writes."""


class _OpenElements(list[Any]):
    """Those that the parser is in."""

    def append(self, element: Any) -> None:
        if len(self) >= _DEEPEST:
            raise _TooDeep
        super().append(element)


def _allowed(tag: str, name: str, value: str) -> bool:
    if name not in _ATTRIBUTES["*"] | _ATTRIBUTES.get(tag, set()):
        return False
    if name == "src":
        return bool(_PICTURE.match(value))
    if name == "href":
        return value.lower().startswith(("https://", "http://", "mailto:", "#"))
    return True
