import html
import io

from matplotlib import image

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
