"""Ids are drawn as moto draws them, only quicker."""

from __future__ import annotations

from random import Random
from string import ascii_letters, ascii_lowercase, digits

import pytest
from moto.core.request import Request
from moto.moto_api._internal import mock_random
from moto.moto_server import werkzeug_app
from werkzeug.routing import BuildError
from werkzeug.test import create_environ

from grader.cloud import moto_lookups
from grader.cloud.moto_lookups import motos_url, random_string, url_of


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


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"HTTP_HOST": "letters.s3.eu-west-1.localhost:4566"},
        {"HTTP_HOST": "Localhost"},
        {"HTTP_HOST": "127.0.0.1:80"},
        {"HTTP_HOST": "b\u00fccher.localhost:4566"},
        {"HTTP_HOST": ""},
        {"SCRIPT_NAME": "/below"},
        {"QUERY_STRING": "list-type=2&prefix=a%2Fb%20c"},
        {"QUERY_STRING": "prefix=\u00c3\u00a9"},
        {"PATH_INFO": "/letters/a b%2F", "RAW_URI": "/letters/a%20b%2F?acl"},
    ],
)
def test_a_request_has_the_url_that_moto_makes_of_it(changes: dict[str, str]) -> None:
    request = Request(
        {**create_environ("/letters", "http://127.0.0.1:4566"), **changes}
    )
    assert url_of(request) == motos_url(request)


def test_moto_asks_for_the_url_so() -> None:
    """The seam: both of its ways to an answer read this."""
    moto_lookups.install()
    moto_lookups.install()
    request = Request(create_environ("/letters", "http://127.0.0.1:4566"))
    assert Request.raw_url.fget is url_of
    assert request.raw_url == "http://127.0.0.1:4566/letters"


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
