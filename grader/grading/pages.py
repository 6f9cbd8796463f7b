"""The frame of every page that grading writes: one file, no script, nothing fetched.

Light and dark as the reader's machine is set, narrow on a phone, plain on paper.
"""

from __future__ import annotations

import html

from grader.grading.sanitising import POLICY

STYLE = """
:root{--paper:#fff;--ink:#1c2128;--soft:#57606a;--line:#d0d7de;--tint:#f4f6f8;
--link:#0b57a4;--good:#1a6b2d;--bad:#a3261c;--wait:#7a4b00;--plain:#4a5058;
--code:#7b1fa2;--text:#0f6b3a;color-scheme:light dark}
@media(prefers-color-scheme:dark){:root{--paper:#14171c;--ink:#e6eaef;--soft:#a3acb8;
--line:#3a424d;--tint:#1e232a;--link:#7ab8ff;--good:#6fd08a;--bad:#ff9a8f;--wait:#f0c060;
--plain:#b4bcc8;--code:#d7a6f0;--text:#8fd6a8}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:1rem/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
header,main,footer{max-width:60rem;margin:0 auto;padding:1rem 1.25rem}
header{border-bottom:1px solid var(--line);padding-top:2rem}
footer{color:var(--soft);border-top:1px solid var(--line);font-size:.9rem}
h1{margin:0 0 .25rem;font-size:1.75rem;line-height:1.2}
h2{margin:2.25rem 0 .75rem;font-size:1.3rem}h3{margin:0;font-size:1.05rem}
p{margin:.5rem 0}a{color:var(--link)}
a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:3px solid
var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;padding:.5rem;
background:var(--paper)}
.soft{color:var(--soft)}
.good{color:var(--good)}.bad{color:var(--bad)}.wait{color:var(--wait)}
.plain{color:var(--plain)}
.sign{font-weight:600;white-space:nowrap}
pre,code,kbd,samp{font-family:ui-monospace,"SF Mono",Consolas,monospace;
font-size:.875em}
pre{margin:.5rem 0;padding:.6rem .8rem;background:var(--tint);border-radius:.4rem;
overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.45}
.scroll{overflow-x:auto}tbody th{font-weight:500}
table{border-collapse:collapse;font-size:.925rem}
caption{text-align:left;color:var(--soft);padding-bottom:.3rem}
th,td{padding:.3rem .7rem .3rem 0;border-bottom:1px solid var(--line);text-align:left;
vertical-align:top}
thead th{border-bottom-width:2px;white-space:nowrap}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}
img,svg{max-width:100%;height:auto}
@media print{:root{--paper:#fff;--ink:#000;--soft:#444;--line:#bbb;--tint:#fff;
--link:#000;--good:#0a4d1c;--bad:#8a1a12;--wait:#5c3900;--plain:#333;--code:#000;
--text:#000}
body{font-size:10pt}header,main,footer{max-width:none;padding-left:0;padding-right:0}
pre{border:1px solid var(--line)}nav,.skip{display:none}
h2,h3{break-after:avoid}tr,figure,.card{break-inside:avoid}}
"""


def page(title: str, head: str, body: str, foot: str, *, style: str = "") -> str:
    """A whole page; `head`, `body` and `foot` are HTML, the title is text.

    Args:
        style: rules of this page beside `STYLE`.
    """
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{html.escape(title)}</title>\n<style>{STYLE}{style}</style>\n</head>\n"
        '<body>\n<a class="skip" href="#main">Go to the content</a>\n'
        f'<header>{head}</header>\n<main id="main">{body}</main>\n'
        f"<footer>{foot}</footer>\n</body>\n</html>\n"
    )


def words(text: str) -> str:
    """Text as HTML; lines stay lines."""
    return html.escape(text.strip()).replace("\n", "<br>")


def block(text: str) -> str:
    """Code, logs and tracebacks as HTML."""
    return f"<pre>{html.escape(text.strip(chr(10)))}</pre>"


def anchor(exercise: str) -> str:
    """The id of what a page says about an exercise."""
    return f"exercise-{html.escape(exercise)}"


def points(value: float | None) -> str:
    """Points as people write them: at most two digits after the point."""
    return "?" if value is None else f"{round(value, 2):g}"
