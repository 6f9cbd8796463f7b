from __future__ import annotations

import random
from itertools import combinations, pairwise

import pytest

from grader.lab.layers import Link
from grader.lab.placement import Area, Placement, Size, placed, shelved

BOX, LABEL = Size(1.5, 0.5), Size(0.8, 0.15)


def place(boxes: int, *arrows: Link) -> Placement:
    return placed([BOX] * boxes, arrows, [LABEL] * len(arrows))


def many(seed: int) -> tuple[Placement, list[Link]]:
    """Sixty boxes and ninety arrows, at random, with boxes and labels of all sizes."""
    chance = random.Random(seed)
    links = []
    for _ in range(90):
        source, target = chance.sample(range(60), 2)
        links.append(Link(source, target, chance.random() < 0.4))
    boxes = [
        Size(chance.uniform(0.8, 2.4), chance.uniform(0.4, 1.2)) for _ in range(60)
    ]
    labels = [Size(chance.uniform(0.3, 1.6), chance.uniform(0.1, 0.6)) for _ in links]
    return placed(boxes, links, labels), links


def overlap(one: Area, other: Area) -> bool:
    return (
        min(one.right, other.right) - max(one.x, other.x) > 1e-9
        and min(one.bottom, other.bottom) - max(one.y, other.y) > 1e-9
    )


@pytest.mark.parametrize("seed", range(5))
def test_nothing_overlaps(seed: int) -> None:
    """No two boxes or labels touch, and all lie within the picture."""
    made, _ = many(seed)
    areas = [*made.boxes, *(line.label for line in made.lines)]
    assert [pair for pair in combinations(areas, 2) if overlap(*pair)] == []
    assert min(area.x for area in areas) >= -1e-9
    assert max(area.right for area in areas) <= made.width + 1e-9
    assert min(area.y for area in areas) >= -1e-9
    assert max(area.bottom for area in areas) <= made.height + 1e-9


@pytest.mark.parametrize("seed", range(5))
def test_no_arrow_goes_through_a_box_or_a_label(seed: int) -> None:
    """It passes between them, and bends where there are none."""
    made, _ = many(seed)
    others = [*made.boxes, *(line.label for line in made.lines)]
    for line in made.lines:
        for (x0, y0), (x1, y1) in pairwise(line.points):
            way = Area(min(x0, x1), min(y0, y1), abs(x1 - x0), max(abs(y1 - y0), 0.001))
            for other in others:
                assert other is line.label or not overlap(way, other)


@pytest.mark.parametrize("seed", range(5))
def test_arrows_join_their_boxes(seed: int) -> None:
    """An arrow leaves its source's side and ends at its target's."""
    made, links = many(seed)
    for line, link in zip(made.lines, links, strict=True):
        for (x, y), box in (
            (line.points[0], made.boxes[link.source]),
            (line.points[-1], made.boxes[link.target]),
        ):
            assert min(abs(x - box.x), abs(x - box.right)) < 1e-9
            assert box.y <= y <= box.bottom


@pytest.mark.parametrize("seed", range(5))
def test_a_label_lies_on_its_arrow(seed: int) -> None:
    """It stands where the arrow leaves its source, in the middle of its line."""
    made, _ = many(seed)
    for line in made.lines:
        (x0, y0), (x1, _) = line.points[:2]
        assert line.label.middle == pytest.approx(y0)
        left, right = sorted((x0, x1))
        assert left <= line.label.x
        assert line.label.right <= right


def test_straight_arrows_are_straight() -> None:
    """A chain of boxes stands on one line."""
    made = place(3, Link(0, 1), Link(1, 2))
    heights = {round(y, 6) for line in made.lines for _, y in line.points}
    assert len(heights) == 1


def test_two_ways_between_two_boxes_stand_apart() -> None:
    """What calls and what answers have rows of their own."""
    made = place(2, Link(0, 1), Link(1, 0, strong=False))
    there, back = made.lines
    assert there.points[0][0] == made.boxes[0].right
    assert back.points[0][0] == made.boxes[1].x
    assert not overlap(there.label, back.label)
    assert {y for _, y in there.points}.isdisjoint({y for _, y in back.points})


def test_lone_boxes_fill_lines() -> None:
    """Side by side as far as there is room, then below."""
    made = shelved([BOX] * 3, 3.5)
    assert [area.y for area in made.boxes] == [0, 0, pytest.approx(0.76)]
    assert [area.x for area in made.boxes] == [0, pytest.approx(1.76), 0]
    assert made.width <= 3.5


def test_nothing_takes_no_room() -> None:
    """An empty picture has no size."""
    assert (place(0).width, place(0).height) == (0, 0)
    assert shelved([], 5).height == 0
