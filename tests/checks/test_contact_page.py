"""The contact form's page, filled in by a real browser.

Debian's Chromium, driven by Playwright: nothing is downloaded. Page and API are of two
origins, so everything that the page does goes through CORS.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright import sync_api

from grader import lab
from tests.checks.contacts import contact

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WICKED = "<img src=x onerror=\"document.title='stolen'\"> 1 < 2"


@dataclass(frozen=True)
class Site:
    """A published page, and the form behind it."""

    cloud: Any
    address: str
    parts: dict[str, str]

    def stored(self) -> list[dict[str, str]]:
        """The attributes of every item that are texts."""
        found = self.cloud.client("dynamodb").scan(TableName=self.parts["table"])
        return [
            {name: value["S"] for name, value in item.items() if "S" in value}
            for item in found["Items"]
        ]


def publish(cloud: Any, bucket: str, api: str) -> None:
    """Serve the course's page from a public bucket."""
    page = lab.material("contact/index.html").read_text("utf-8")
    s3 = cloud.client("s3")
    index = {"IndexDocument": {"Suffix": "index.html"}}
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=index)
    s3.delete_public_access_block(Bucket=bucket)
    everybody = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [everybody]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    s3.put_object(
        Bucket=bucket,
        Key="index.html",
        Body=page.replace("API_ADDRESS", api),
        ContentType="text/html; charset=utf-8",
    )


def site(cloud: Any, lesson: dict[str, Any], *, allowed: str | None = None) -> Site:
    """A site in an account of its own; `allowed` is the origin if not the site's."""
    account = cloud.fresh()
    bucket = f"site-{account.account}"
    account.client("s3").create_bucket(Bucket=bucket)
    port = account.endpoint_url.rpartition(":")[2]
    origin = f"http://{bucket}.s3-website.localhost:{port}"
    parts = contact(lesson)(account, allowed or origin)
    publish(account, bucket, parts["address"])
    return Site(account, f"{origin}/", parts)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a window."""
    if CHROMIUM is None:
        pytest.fail("there is no chromium: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--headless", "--no-sandbox"]
        )
        yield started
        started.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A new tab, without anything from the one before."""
    context = browser.new_context()
    tab = context.new_page()
    tab.set_default_timeout(20_000)
    yield tab
    context.close()


def fill(page: Any, **changes: str) -> None:
    """Type into the fields, found by their labels as people find them."""
    fields = {
        "Your name": "Ada",
        "Your e-mail address": "ada@example.com",
        "Your message": "Are you free in May?",
    }
    for label, text in {**fields, **changes}.items():
        page.get_by_label(label).fill(text)


def says(page: Any, words: str) -> None:
    """Wait until the page's status says something."""
    sync_api.expect(page.get_by_role("status")).to_have_text(words)


THANKS = "Thank you! June has your message."
LOOK = "Please look at the marked fields."
SORRY = "That didn't work. Please try again."


@pytest.fixture(scope="module")
def form(cloud: Any, lesson: dict[str, Any]) -> Site:
    """The site whose pages may use the form."""
    return site(cloud, lesson)


def test_a_message_arrives(page: Any, form: Site) -> None:
    """Preflight and POST go through, and the table has what was typed."""
    asked: list[tuple[str, str]] = []
    page.on("request", lambda one: asked.append((one.method, one.url)))
    page.goto(form.address)
    fill(page, **{"Your name": "Zoë ☂"})
    page.get_by_role("button", name="Send").click()

    says(page, THANKS)
    assert "Zoë ☂" in [one["name"] for one in form.stored()]
    assert ("POST", f"{form.parts['address']}/contact") in asked
    assert page.get_by_label("Your message").input_value() == ""


def test_mistakes_are_shown_at_their_fields(page: Any, form: Site) -> None:
    """Each field says what is wrong with it, and the first has the focus."""
    before = len(form.stored())
    page.goto(form.address)
    fill(page, **{"Your e-mail address": "ada", "Your message": " "})
    page.get_by_role("button", name="Send").click()

    says(page, LOOK)
    mail, message = (
        page.get_by_label(label) for label in ("Your e-mail address", "Your message")
    )
    sync_api.expect(mail).to_be_focused()
    sync_api.expect(mail).to_have_accessible_description(
        "This doesn't look like an e-mail address."
    )
    sync_api.expect(message).to_have_attribute("aria-invalid", "true")
    sync_api.expect(page.get_by_label("Your name")).to_have_attribute(
        "aria-invalid", "false"
    )
    assert len(form.stored()) == before


def test_a_mistake_can_be_mended(page: Any, form: Site) -> None:
    """What was marked is marked no more once the message is taken."""
    page.goto(form.address)
    fill(page, **{"Your e-mail address": "ada"})
    page.get_by_role("button", name="Send").click()
    says(page, LOOK)
    page.get_by_label("Your e-mail address").fill("ada.mended@example.com")
    page.keyboard.press("Enter")

    says(page, THANKS)
    assert page.locator("[aria-invalid=true]").count() == 0
    assert "ada.mended@example.com" in [one["email"] for one in form.stored()]


def test_an_answer_that_was_lost_makes_no_second_message(page: Any, form: Site) -> None:
    """The page sends again with the same key, so the table has one item more."""
    before, lost = len(form.stored()), []

    def lose_the_first(route: Any) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch())
            route.abort()
        else:
            route.continue_()

    page.route("**/contact", lose_the_first)
    page.goto(form.address)
    fill(page)
    page.get_by_role("button", name="Send").click()
    says(page, SORRY)
    page.get_by_role("button", name="Send").click()

    says(page, THANKS)
    assert lost[0].status == 201
    assert len(form.stored()) == before + 1


def test_two_messages_are_two(page: Any, form: Site) -> None:
    """After a message was taken, the page makes a new key."""
    before = len(form.stored())
    page.goto(form.address)
    for _ in range(2):
        fill(page)
        page.get_by_role("button", name="Send").click()
        says(page, THANKS)
        page.get_by_label("Your name").fill("x")
        page.evaluate("document.querySelector('#status').textContent = ''")

    assert len(form.stored()) == before + 2


def test_the_trap_is_for_programs(page: Any, form: Site) -> None:
    """People can't see the field nor get to it; what fills it in is thanked."""
    before = len(form.stored())
    page.goto(form.address)
    trap = page.locator("#website")
    box = trap.bounding_box()
    assert box is not None and box["x"] + box["width"] < 0
    assert page.get_by_role("textbox", name="Leave this empty").count() == 0
    reached = []
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
    assert "website" not in reached

    fill(page)
    page.evaluate("document.querySelector('#website').value = 'http://buy.example'")
    page.get_by_role("button", name="Send").click()
    says(page, THANKS)
    assert len(form.stored()) == before


def test_pages_of_another_origin_are_refused(
    page: Any, cloud: Any, lesson: dict[str, Any]
) -> None:
    """The browser asks, hears nothing, and sends no message."""
    other = site(cloud, lesson, allowed="https://juniper.example")
    page.goto(other.address)
    fill(page)
    page.get_by_role("button", name="Send").click()

    says(page, SORRY)
    assert other.stored() == []


def test_what_somebody_wrote_is_not_run(page: Any, form: Site) -> None:
    """June's list shows the code that somebody sent, as text."""
    page.goto(form.address)
    fill(page, **{"Your message": WICKED})
    page.get_by_role("button", name="Send").click()
    says(page, THANKS)
    client = form.cloud.client("lambda")
    said = client.invoke(FunctionName=form.parts["list"], Payload=b"{}")
    page.set_content(json.loads(said["Payload"].read()))

    sync_api.expect(page.get_by_text(WICKED)).to_be_visible()
    assert page.title() != "stolen"
    assert page.locator("img").count() == 0


def test_every_field_has_a_name_for_those_who_listen(page: Any, form: Site) -> None:
    """Labels, one heading, a language: what a screen reader needs."""
    page.goto(form.address)

    assert page.locator("html").get_attribute("lang") == "en"
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.get_by_role("textbox").count() == 3
    for name in ("Your name", "Your e-mail address", "Your message"):
        assert page.get_by_role("textbox", name=name, exact=True).count() == 1
