import html
import io
import random
from itertools import combinations

import pytest
from matplotlib import image
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import FancyBboxPatch
from matplotlib.transforms import Bbox

from grader.lab.architecture import Architecture, Arrow, Box
from grader.lab.diagram import Diagram

BUCKET, COUNT, IDLE = Box("bucket", "in"), Box("function", "f"), Box("function", "idle")
CALLS = Arrow(BUCKET, COUNT, "ObjectCreated:*")
DENIED = Arrow(BUCKET, COUNT, "ObjectRemoved:*", "add_permission is missing")
WRITES = Arrow(COUNT, BUCKET, "may write")


def drawn(*arrows: Arrow) -> Diagram:
    return Diagram(Architecture("eu-west-1", (BUCKET, COUNT, IDLE), arrows))


def words(diagram: Diagram) -> str:
    (axes,) = diagram.figure.axes
    return "\n".join(text.get_text() for text in axes.texts)


def test_every_box_is_drawn() -> None:
    """Each resource's name stands in the picture."""
    shown = words(drawn(CALLS)).splitlines()
    assert {"in", "f", "idle"} <= set(shown)


def test_a_broken_arrow_says_so_in_words() -> None:
    """A missing permission is written, not only red."""
    assert "NOT PERMITTED" in words(drawn(CALLS, DENIED))
    assert "NOT PERMITTED" not in words(drawn(CALLS))


def test_a_broken_arrow_looks_broken() -> None:
    """A missing permission has a line of another style as well."""
    styles = [
        {patch.get_linestyle() for patch in drawn(arrow).figure.axes[0].patches}
        for arrow in (CALLS, DENIED)
    ]
    assert styles[0] != styles[1]


def test_the_text_has_every_arrow() -> None:
    """The text alternative names both ends, the label and what is broken."""
    text = drawn(CALLS, DENIED, WRITES).text
    assert "bucket in ---> function f  [ObjectCreated:*]" in text
    assert "bucket in -✗-> function f  [ObjectRemoved:*]" in text
    assert "BROKEN: add_permission is missing" in text
    assert "function f ---> bucket in  [may write]" in text


def test_the_text_has_what_stands_alone() -> None:
    """A function that nothing calls is in the text too."""
    assert "function idle  [nothing calls it" in drawn(CALLS).text


def test_the_picture_carries_its_text() -> None:
    """The HTML image has the text as its alternative."""
    diagram = drawn(CALLS, DENIED)
    assert f'alt="{html.escape(diagram.text)}"' in diagram._repr_html_()


def test_the_figure_can_be_kept() -> None:
    """The figure is matplotlib's, and saves as a picture with something on it."""
    png = io.BytesIO()
    drawn(CALLS).figure.savefig(png, format="png")
    png.seek(0)
    assert image.imread(png).min() == 0


def test_an_empty_account_has_a_picture() -> None:
    """Nothing deployed is said, not an error."""
    empty = Diagram(Architecture("eu-west-1", (), ()))
    assert "nothing yet" in words(empty)
    assert "nothing yet" in empty.text


KINDS = ("bucket", "table", "queue", "topic", "user", "role", "rest api", "alarm")


def studio(boxes: int) -> Architecture:
    """A Region with so many resources, of all kinds and with names of all lengths."""
    chance = random.Random(boxes)
    there = [Box("function", f"studio-{n}", "python3.13, 128 MB") for n in range(12)]
    there = there[: boxes // 4]
    while len(there) < boxes:
        kind = chance.choice(KINDS)
        name = f"{kind}-{len(there)}-" + "x" * chance.randrange(60)
        there.append(Box(kind, name, chance.choice(["", "OK", "abc123"])))
    labels = ("may read, write", "GET /{proxy+}", "ObjectCreated:* prefix 'in/' suffix")
    arrows = [
        Arrow(
            *chance.sample(there, 2),
            chance.choice(labels),
            chance.choice([None, None, "add_permission is missing"]),
            permission=chance.random() < 0.5,
        )
        for _ in range(boxes)
    ]
    return Architecture("eu-west-1", tuple(there), tuple(arrows))


def touch(one: Bbox, other: Bbox) -> bool:
    """Whether two rectangles have a pixel in common."""
    wide = min(one.x1, other.x1) - max(one.x0, other.x0)
    high = min(one.y1, other.y1) - max(one.y0, other.y0)
    return bool(wide > 0.5 and high > 0.5)


@pytest.mark.parametrize("boxes", [5, 60])
def test_nothing_that_is_drawn_overlaps(boxes: int) -> None:
    """As rendered, no box touches a box or a label, no text another, none the edge."""
    figure = Diagram(studio(boxes)).figure
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    (axes,) = figure.axes
    outlines = [
        patch.get_window_extent(renderer)
        for patch in axes.patches
        if isinstance(patch, FancyBboxPatch)
    ]
    texts = [text.get_window_extent(renderer) for text in axes.texts]
    for pairs in (combinations(outlines, 2), combinations(texts, 2)):
        assert [pair for pair in pairs if touch(*pair)] == []
    for text in texts:
        around = [outline for outline in outlines if touch(text, outline)]
        # The text of a box lies within it, on all sides; any other in none.
        assert all(
            outline.x0 <= text.x0 and text.x1 <= outline.x1 for outline in around
        )
        assert all(
            outline.y0 <= text.y0 and text.y1 <= outline.y1 for outline in around
        )
        assert figure.bbox.x0 <= text.x0 <= text.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= text.y0 <= text.y1 <= figure.bbox.y1


def test_every_name_is_drawn_at_sixty() -> None:
    """Alike resources share a box; each still has its name, cut in the middle."""
    drawn = words(Diagram(studio(60)))
    for box in studio(60).boxes:
        assert box.name[:16] in drawn


def test_alike_resources_share_a_box() -> None:
    """What is joined to the same in the same way is one box with several names."""
    tables = [Box("table", name) for name in ("enquiries", "bookings")]
    arrows = [Arrow(COUNT, table, "may read", permission=True) for table in tables]
    shown = Diagram(Architecture("eu-west-1", (COUNT, *tables), tuple(arrows)))
    drawn = words(shown).splitlines()
    assert {"enquiries", "bookings", "2 tables"} <= set(drawn)
    assert drawn.count("may read") == 1


def test_what_a_box_does_to_itself_stands_in_it() -> None:
    """A function that may invoke itself has a note, and no arrow to draw."""
    itself = Arrow(COUNT, COUNT, "may invoke", permission=True)
    assert "↺ may invoke" in words(drawn(CALLS, itself))


def test_the_legend_has_the_lines_that_there_are() -> None:
    """What solid, dashed and dotted lines mean is written."""
    may = Arrow(COUNT, BUCKET, "may write", permission=True)
    assert "calls or delivers" in words(drawn(CALLS))
    assert "may, by its policies" not in words(drawn(CALLS))
    assert {"may, by its policies", "✗ not permitted"} <= set(
        words(drawn(DENIED, may)).splitlines()
    )


def test_a_dollar_is_a_dollar() -> None:
    """Patterns of log events are no formulas of matplotlib's."""
    pattern = Arrow(BUCKET, COUNT, '{ $.level = "E" && $.a = 1 }')
    figure = drawn(pattern).figure
    figure.savefig(io.BytesIO(), format="png")
    assert r"\$.level" in words(drawn(pattern))
