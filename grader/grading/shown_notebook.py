"""A learner's notebook with its outputs as HTML, without what they mustn't see.

Of the lesson's own text the headings are enough: the learner has it. Hidden tests are
cut out of test cells, and their outputs aren't shown at all. What other cells show is
from a time before anything hidden ran; where it isn't, see `withheld`.
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Callable, Mapping
from typing import Any

from grader.grading import sanitising
from grader.grading.executed import GIVEN
from grader.grading.pages import anchor, block
from grader.lab import lessons

STYLE = """
.cell{margin:1rem 0;padding-left:.8rem;border-left:3px solid var(--line)}
.cell.yours{border-left-color:var(--link)}
.cell{overflow-wrap:anywhere}.cell+h3{margin-top:2rem}
.cell h3,.cell h4,.cell h5,.cell h6{font-size:1rem;margin:.6rem 0 .2rem}
.cell table{display:block;overflow-x:auto}
.output{overflow:auto;contain:content;max-height:30rem}
.output pre{background:none;border:1px dashed var(--line)}
.k,.kn,.ow,.kc{color:var(--code);font-weight:600}.s,.s1,.s2,.sd,.sa,.si,.mi,.mf{color:
var(--text)}.c1,.c,.ch{color:var(--soft);font-style:italic}
@media print{.output{max-height:none;overflow:visible;contain:none}}
"""
TEXT_LIMIT = 10_000
"""Characters of one output that are shown."""
MARKUP_LIMIT = 100_000
WRITTEN_LIMIT = 400_000
"""Characters of a learner's cells that are laid out; the rest is plain text."""
PICTURE_LIMIT = 1_000_000
_BEGIN = re.compile(r"BEGIN (HIDDEN TESTS|MARK SCHEME)")
_END = re.compile(r"END (HIDDEN TESTS|MARK SCHEME)")
ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
"""What colours a terminal's text."""


def shown(notebook: Mapping[str, Any], after: Callable[[str], str]) -> str:
    """A notebook's cells as HTML.

    Args:
        after: HTML to put behind the cell of a grade_id, such as a comment on it.
    """
    cells = lessons.cells(notebook)
    made = []
    heading = ""
    left = WRITTEN_LIMIT
    for cell in cells:
        left -= 0 if _is_given(cell) else len(_source(cell))
        shown = _cell(cell, after, plain=left < 0)
        if shown:
            made += [heading, shown]
            heading = ""
        else:
            heading = _heading(cell) or heading
    return "".join(made)


def line(source: str) -> str:
    """One paragraph of Markdown as HTML, without the paragraph."""
    return _prose(source).strip().removeprefix("<p>").removesuffix("</p>")


def without_hidden(source: str) -> str:
    """A cell's source without hidden tests and mark schemes."""
    return "\n".join(parted(source)[0])


def parted(source: str) -> tuple[list[str], list[str]]:
    """The lines that may be seen, and the others."""
    seen: list[str] = []
    hidden: list[str] = []
    inside = False
    for line in source.splitlines():
        if _BEGIN.search(line):
            inside = True
        elif inside and _END.search(line):
            inside = False
        else:
            (hidden if inside else seen).append(line)
    return seen, hidden


def _cell(cell: Mapping[str, Any], after: Callable[[str], str], *, plain: bool) -> str:
    about = cell.get("metadata", {}).get("nbgrader") or {}
    name = str(about.get("grade_id") or "")
    source = without_hidden(_source(cell))
    said = after(name) if name else ""
    outputs = "".join(map(_output, _listed(cell.get("outputs"))))
    if _is_given(cell) and not (said or outputs):
        return ""
    if cell.get("cell_type") == "code":
        laid_out = _cut if plain else _code
        body = laid_out(source) if source.strip() else ""
        if about.get("grade") and not about.get("solution"):
            body += (
                f'<p class="soft">What came of this test stands above, under '
                f'<a href="#{anchor(name)}">{html.escape(name)}</a>.</p>'
            )
        else:
            body += outputs
    else:
        body = _cut(source) if plain else _prose(source)
    whose = "" if about.get("locked") else " yours"
    return f'<div class="cell{whose}">{body}{said}</div>'


def _is_given(cell: Mapping[str, Any]) -> bool:
    return bool(cell.get("metadata", {}).get("grader") == GIVEN["grader"])


def _heading(cell: Mapping[str, Any]) -> str:
    """The last heading in the lesson's text, which says where the next cell stands."""
    if cell.get("cell_type") == "code":
        return ""
    found = re.findall(r"<h[3-6]>(.*?)</h[3-6]>", _prose(_source(cell)), re.DOTALL)
    return f"<h3>{found[-1]}</h3>" if found else ""


def _output(output: Mapping[str, Any]) -> str:
    kind = output.get("output_type")
    if kind == "stream":
        made = _text(_joined(output.get("text")))
    elif kind == "error":
        traceback = output.get("traceback")
        lines = traceback if isinstance(traceback, list) else []
        made = _text("\n".join(map(str, lines)))
    else:
        data = output.get("data")
        made = _rich(data if isinstance(data, dict) else {})
    return f'<div class="output">{made}</div>' if made else ""


def _rich(data: Mapping[str, Any]) -> str:
    for kind in ("image/svg+xml", "image/png", "image/jpeg", "image/gif"):
        content = _joined(data.get(kind))
        if content and len(content) <= PICTURE_LIMIT:
            address = sanitising.picture(kind, content)
            if address is not None:
                said = html.escape(_joined(data.get("text/plain"))[:200], quote=True)
                return f'<img src="{address}" alt="{said or "a picture"}">'
    markup = _joined(data.get("text/html"))
    if markup and len(markup) <= MARKUP_LIMIT:
        return _lower(sanitising.harmless(markup))
    return _text(_joined(data.get("text/plain")))


def _text(text: str) -> str:
    return _cut(text) if text.strip() else ""


def _cut(text: str) -> str:
    more = len(text) - TEXT_LIMIT
    if more <= 0:
        return block(ANSI.sub("", text))
    return block(f"{ANSI.sub('', text[:TEXT_LIMIT])}\n… and {more} characters more")


@functools.lru_cache(maxsize=4096)
def _prose(source: str) -> str:
    """Markdown as harmless HTML; a whole class has the same texts."""
    if len(source) > MARKUP_LIMIT:
        return _cut(source)
    return _lower(sanitising.harmless(str(_markdown()(source))))


@functools.cache
def _markdown() -> Any:
    import mistune

    return mistune.create_markdown(escape=False, plugins=["table", "strikethrough"])


@functools.lru_cache(maxsize=4096)
def _code(source: str) -> str:
    if len(source) > MARKUP_LIMIT:
        return _cut(source)
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    coloured = highlight(source, PythonLexer(), HtmlFormatter(nowrap=True))
    return f"<pre>{coloured.rstrip()}</pre>"


def _lower(markup: str) -> str:
    """Headings below the page's own."""
    return re.sub(
        r"<(/?)h([1-6])",
        lambda found: f"<{found[1]}h{min(6, int(found[2]) + 2)}",
        markup,
    )


def _source(cell: Mapping[str, Any]) -> str:
    return _joined(cell.get("source"))


def _joined(value: object) -> str:
    if isinstance(value, list):
        return "".join(map(str, value))
    return value if isinstance(value, str) else ""


def _listed(value: object) -> list[Mapping[str, Any]]:
    found = value if isinstance(value, list) else []
    return [each for each in found if isinstance(each, Mapping)]
