from __future__ import annotations

import html

import pytest

from grader.lab import Cloud
from grader.lab.inventory import Inventory, Resource

QUEUES = [
    Resource("sqs", "queue", "orders", region) for region in ("eu-west-1", "us-east-1")
]
BUCKET = Resource("s3", "bucket", "photos", "us-east-1", "1 object")
TAKEN = Inventory([*QUEUES, BUCKET])


@pytest.fixture
def deployed(cloud: Cloud) -> Cloud:
    """An account with a few things in it."""
    cloud.client("sqs").create_queue(QueueName="orders")
    cloud.client("logs").create_log_group(logGroupName="/studio/door")
    cloud.client("iam").create_user(UserName="mei")
    return cloud


def test_an_inventory_is_of_every_region(deployed: Cloud) -> None:
    """What is in another Region is there too, and the listing says where."""
    deployed.client("sqs", region="eu-west-1").create_queue(QueueName="far")
    assert [(one.kind, one.name, one.region) for one in deployed.inventory()] == [
        ("user", "mei", "global"),
        ("log group", "/studio/door", "us-east-1"),
        ("queue", "far", "eu-west-1"),
        ("queue", "orders", "us-east-1"),
    ]


def test_names_are_of_one_kind(deployed: Cloud) -> None:
    """names() takes the kind as the table shows it."""
    assert deployed.inventory().names("queue") == ["orders"]
    assert deployed.inventory().names("bucket") == []


def test_an_empty_account_says_so(cloud: Cloud) -> None:
    """Nothing is an empty list and a sentence, not an empty table."""
    taken = cloud.inventory()
    assert (list(taken), repr(taken)) == ([], "nothing exists here")


def test_what_is_left_out_is_said() -> None:
    """An inventory of one Region carries a note, as text and in HTML."""
    partial = Inventory([BUCKET], note="us-east-1 only")
    assert repr(partial).endswith("\nus-east-1 only")
    assert "<p>us-east-1 only</p>" in partial._repr_html_()
    assert "us-east-1 only" in partial.plot().text


def test_a_table_in_both_forms() -> None:
    """Text and HTML have the same columns and rows."""
    lines = repr(TAKEN).splitlines()
    assert lines[0].split() == ["service", "kind", "name", "region", "detail"]
    assert lines[4].split(maxsplit=4) == [
        *("s3", "bucket", "photos", "us-east-1", "1 object")
    ]
    for cell in ("photos", "1 object", "eu-west-1"):
        assert f"<td>{cell}</td>" in TAKEN._repr_html_()


def test_the_picture_has_a_bar_for_each_kind() -> None:
    """Each kind has its name and its number; each Region its own hatch."""
    figure = TAKEN.plot().figure
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        *("s3: bucket", "sqs: queue")
    ]
    assert [text.get_text() for text in axes.texts] == [" 1", " 2"]
    assert len({patch.get_hatch() for patch in axes.patches}) == 2
    (legend,) = figure.legends
    regions = [text.get_text() for text in legend.get_texts()]
    assert regions == ["eu-west-1", "us-east-1"]


def test_the_picture_in_words() -> None:
    """The alternative text has every number of the picture."""
    picture = TAKEN.plot()
    assert repr(picture).splitlines() == [
        "Resources in this account: 3",
        "  1 bucket (s3) in us-east-1",
        "  1 queue (sqs) in eu-west-1",
        "  1 queue (sqs) in us-east-1",
    ]
    assert f'alt="{html.escape(picture.text)}"' in picture._repr_html_()


def test_nothing_has_a_picture() -> None:
    """An empty account has a picture that says so."""
    (axes,) = Inventory().plot().figure.axes
    assert [text.get_text() for text in axes.texts] == ["nothing"]
