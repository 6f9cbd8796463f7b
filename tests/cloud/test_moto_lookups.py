"""Ids are drawn as moto draws them, only quicker."""

from __future__ import annotations

from random import Random
from string import ascii_letters, ascii_lowercase, digits

import pytest
from moto.moto_api._internal import mock_random
from moto.moto_server import werkzeug_app
from werkzeug.routing import BuildError

from grader.cloud import moto_lookups
from grader.cloud.moto_lookups import random_string


@pytest.mark.parametrize(
    ("settings", "letters"),
    [
        ({}, ascii_letters + digits),
        ({"include_digits": False}, ascii_letters),
        ({"lower_case": True}, ascii_lowercase + digits),
    ],
)
def test_an_id_has_all_the_letters_that_it_may_have(
    settings: dict[str, bool], letters: str
) -> None:
    """And as many as are asked for."""
    drawn = random_string(Random(1), 5000, **settings)
    assert (len(drawn), set(drawn)) == (5000, set(letters))


def test_dice_that_were_set_alike_fall_alike() -> None:
    """moto can be seeded, so that a run can be had again."""
    one, other = (random_string(Random(7), 52) for _ in range(2))
    assert one == other != random_string(Random(8), 52)


def test_moto_draws_its_ids_so() -> None:
    """The seam: request ids and keys come by this method of moto's dice."""
    moto_lookups.install()
    assert type(mock_random).get_random_string is random_string
    assert len(mock_random.get_random_string(length=52)) == 52


def test_an_application_finds_who_answers_and_makes_no_url() -> None:
    """moto makes no URLs; whoever starts to is told."""
    moto_lookups.install()
    paths = werkzeug_app.create_backend_app("apigateway").url_map.bind("localhost")
    endpoint, values = paths.match("/restapis/abc/resources", method="GET")
    # The class is moto's, or ours once a cloud was made in this process.
    assert endpoint.endswith(".dispatch3")
    assert values == {"function_id": "abc"}
    with pytest.raises(BuildError):
        paths.build(endpoint, values)
