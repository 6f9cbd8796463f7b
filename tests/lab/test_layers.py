from __future__ import annotations

from grader.lab.layers import Link, Pass, arranged


def columns(nodes: int, *links: Link) -> list[set[int]]:
    """The nodes of each layer."""
    return [
        {item for item in row if isinstance(item, int)}
        for row in arranged(nodes, links).rows
    ]


def test_a_strong_link_leads_to_the_right() -> None:
    """Each node stands right of all that lead to it."""
    links = [Link(0, 1), Link(1, 2), Link(0, 2)]
    assert columns(3, *links) == [{0}, {1}, {2}]


def test_a_cycle_turns_its_last_link() -> None:
    """Who calls whom comes first; the way back goes to the left."""
    found = arranged(2, [Link(0, 1), Link(1, 0, strong=False)])
    assert found.rows == ((0,), (1,))
    assert found.turned == {1}


def test_weak_links_make_no_picture_wider() -> None:
    """What writes where somebody else is called doesn't begin a longer chain."""
    links = [Link(0, 1), Link(2, 3), Link(1, 2, strong=False)]
    assert columns(4, *links) == [{0, 2}, {1, 3}]


def test_what_is_only_used_stands_in_one_column() -> None:
    """Stores are right of what uses them, also those that only a person uses."""
    links = [
        Link(0, 1),
        Link(1, 2, strong=False),
        Link(3, 4, strong=False),
        Link(3, 0, strong=False),
    ]
    assert columns(5, *links) == [{3}, {0}, {1}, {2, 4}]


def test_a_long_link_has_a_place_in_each_layer() -> None:
    """What goes past a column doesn't go through its boxes."""
    found = arranged(3, [Link(0, 1), Link(1, 2), Link(0, 2)])
    assert found.ways[2] == (0, Pass(2, 1), 2)
    assert set(found.rows[1]) == {1, Pass(2, 1)}


def test_a_link_within_a_layer_is_level() -> None:
    """Two that are called by others may be joined as well."""
    links = [Link(0, 1), Link(2, 3), Link(1, 3, strong=False)]
    assert arranged(4, links).level == {2}


def test_layers_are_ordered_so_that_few_links_cross() -> None:
    """Two pairs that were given crosswise stand side by side."""
    found = arranged(4, [Link(0, 3), Link(1, 2)])
    places = {node: at for row in found.rows for at, node in enumerate(row)}
    assert (places[0] < places[1]) is (places[3] < places[2])


def test_what_isnt_joined_is_a_part_of_its_own() -> None:
    """The largest part comes first."""
    found = arranged(5, [Link(0, 1), Link(2, 3), Link(3, 4)])
    assert [sum(map(len, part)) for part in found.parts] == [3, 2]


def test_nothing_has_no_layers() -> None:
    """An empty picture is a picture."""
    assert arranged(0, []).rows == ()
