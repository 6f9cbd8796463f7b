"""prices-with-decimals: June's price list, behind an API and in a table."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

from grader.checks.exercise import Failed, Work, exercise
from grader.checks.given_tables import given_table, put_items
from grader.checks.phase2_requests import HTTP_MISCONCEPTIONS, Door
from grader.checks.probe import Probe, quoted

PAGE = 100
"""Prices that one answer has at most, as the task says."""
_AT_ONCE = 4


@exercise(
    "prices-with-decimals",
    hints=(
        "Look at the function's log first. If it speaks of Float, look at the moment "
        "at which the number comes out of the body: json.loads makes a float of 12.5, "
        "and DynamoDB takes decimals. On the way back it is the other way round: "
        "json.dumps doesn't know a Decimal. In Node.js, a number goes to the table and "
        "comes back as text: { N: '12.5' }.",
        "sent = json.loads(event['body'], parse_float=____)\n"
        "table.put_item(Item={'id': price_id, 'price': ____})\n\n"
        "item = table.get_item(Key={'id': price_id}).get('____')\n"
        "if item is None:\n"
        "    return answer(____, {...})\n\n"
        "page = table.scan(Limit=____, ExclusiveStartKey=____)\n"
        "more = page.get('____')\n\n"
        "// the same in Node.js\n"
        "const price = { N: ____(sent.price) };\n"
        "const Item = { id: ____, price };\n"
        "await client.send(new PutItemCommand({ TableName, Item }));\n"
        "const got = await client.send(new GetItemCommand({ TableName, Key: ____ }));\n"
        "const { Items, ____ } = await client.send(\n"
        "  new ScanCommand({ TableName, Limit: ____, ExclusiveStartKey: ____ }));",
    ),
    explain_back="explain-prices-with-decimals",
    misconceptions={
        **HTTP_MISCONCEPTIONS,
        "deploy-without-address": "You may think that deploying is all. The check "
        "needs to know where your API answers, so your function returns its URL.",
        "float-in-a-table": "You may think that a number is a number. A float is the "
        "nearest of those that a processor has; DynamoDB keeps decimals, digit by "
        "digit, and boto3 refuses to guess. Make a Decimal of the text.",
        "decimal-is-json": "You may think that what comes from the table can go into "
        "JSON. json.dumps doesn't know a Decimal: make a float of it for the answer.",
        "number-as-text": "You may think that text is the safest way to keep a number. "
        "A text can't be compared, added or sorted: '9' comes after '10'.",
        "put-only-adds": "You may think that put adds. It writes the whole item of "
        "this key, whether there was one or not.",
        "missing-is-empty": "You may think that what isn't there can be answered as if "
        "it were. Callers tell the two apart by the 404.",
        "scan-is-everything": "You may think that one answer holds everything. A list "
        "that grows comes in pages, each with the place where the next begins.",
        "anything-is-a-price": "You may think that what is called price is one. Text, "
        "true, a negative number or none at all is answered with 400.",
    },
)
def prices_with_decimals(probe: Probe, deploy: Work, *, variation: bool) -> None:
    """Prices come back to the last digit, once each, in pages."""
    with given_table(probe, "prices", "id") as table:
        returned = deploy(probe.cloud_argument(), table)
        if not isinstance(returned, str) or not returned:
            raise Failed(
                f"I called deploy_prices; it returned {returned!r}.",
                expected="the URL of your API, as text",
                observed=repr(returned),
                look="the last line of deploy_prices: return cloud.url(…)",
                misconception="deploy-without-address",
            )
        prices = PriceList(probe, probe.url(returned).removesuffix("/prices"), table)
        prices.missing("passport")
        prices.keeps("album", 12.5)
        prices.keeps("frame", 0.1 + 0.2)
        prices.keeps("card", 3)
        prices.keeps("album", 14.25)
        prices.once("album")
        for wrong in ('"12,50"', "-1", "null", '{"price": 1}'):
            prices.refuses(wrong)
        if variation:
            _variations(prices)
        prices.all_in_pages(300 if variation else 120)


def _variations(prices: PriceList) -> None:
    for name, price in (
        ("free", 0),
        ("Zoë + Ben 2026", 1234567.89),
        ("tiny", 1e-7),
        ("cent", 0.01),
        ("big", 10**15 + 0.1),
    ):
        prices.keeps(name, price)
    for wrong in ("true", '"7"', "[1]", "NaN"):
        prices.refuses(wrong)
    prices.missing("no such thing")


class PriceList(Door):
    """The learner's API for prices, and the table behind it."""

    def __init__(self, probe: Probe, address: str, table: str) -> None:
        super().__init__(probe, address)
        pages = probe.client("lambda").get_paginator("list_functions").paginate()
        self.functions = [
            one["FunctionName"] for page in pages for one in page["Functions"]
        ]
        self.table = table
        self.known: dict[str, float] = {}

    def keeps(self, name: str, price: float) -> None:
        """Store a price and read it again."""
        self._put(name, price)
        self._stored_as_number(name)
        answer, sent = self.send("GET", f"/prices/{quote(name)}")
        self.expect(sent, answer, 200)
        wanted = {"id": name, "price": price}
        found = self.object_in(sent, answer, quoted(wanted))
        if found.get("id") != name or not _is(found.get("price"), price):
            raise self.wrong(sent, answer, quoted(wanted), "float-in-a-table")

    def missing(self, name: str) -> None:
        """Ask for a price that isn't there."""
        answer, sent = self.send("GET", f"/prices/{quote(name)}")
        if answer.status != 404:
            raise self.wrong(
                sent, answer, "404: there is no such price", "missing-is-empty"
            )

    def once(self, name: str) -> None:
        """A price that was stored twice is one item."""
        items = [item for item in self._items() if item["id"]["S"] == name]
        if len(items) != 1:
            raise Failed(
                f"I stored a price for {name} twice and looked into the table.",
                expected="one item, with the second price",
                observed=quoted(items),
                look="the key of the item that your function puts: the id in the path",
                misconception="put-only-adds",
            )

    def refuses(self, price: str) -> None:
        """Send what is no price, as JSON text."""
        body = f'{{"price": {price}}}'
        answer, sent = self.send("PUT", "/prices/wrong", body, told=body)
        if answer.status != 400:
            raise self.wrong(sent, answer, "400", "anything-is-a-price")

    def all_in_pages(self, count: int) -> None:
        """Store many prices, and read them page by page."""
        self._put_all({f"print {number:03}": number + 0.99 for number in range(count)})
        found: dict[str, Any] = {}
        path, pages = "/prices", 0
        while path:
            answer, sent = self.send("GET", path)
            self.expect(sent, answer, 200)
            listed = self.object_in(sent, answer, '{"prices": [ … ], "next": "…"}')
            page, token = listed.get("prices"), listed.get("next")
            if not isinstance(page, list) or len(page) > PAGE:
                raise self.wrong(
                    sent,
                    answer,
                    f"a list of {PAGE} prices at most",
                    "scan-is-everything",
                )
            names = [one.get("id") for one in page if isinstance(one, dict)]
            if found.keys() & set(names):
                raise self.wrong(
                    sent,
                    answer,
                    "prices that were in no page before",
                    "scan-is-everything",
                )
            found |= {one["id"]: one.get("price") for one in page}
            pages += 1
            path = f"/prices?next={quote(str(token), safe='')}" if token else ""
            if pages > len(self.known):
                raise self.wrong(sent, answer, "an end: no next", "scan-is-everything")
        lost = {
            name: price
            for name, price in self.known.items()
            if not _is(found.get(name), price)
        }
        if lost:
            raise Failed(
                f"I stored {len(self.known)} prices and read all pages of GET /prices.",
                expected=f"every price once, among them {quoted(lost, 200)}",
                observed=f"{len(found)} prices in {pages} page(s)",
                look="LastEvaluatedKey of a page, ExclusiveStartKey of the next, and "
                "what travels between them as next",
                misconception="scan-is-everything",
            )

    def _put_all(self, prices: Mapping[str, float]) -> None:
        """Store prices: a few through the API, the others as it has stored those."""
        names = iter(prices)
        sent = list(itertools.islice(names, 2 * _AT_ONCE))
        self._put_at_once(sent, prices)
        if any(item.keys() != {"id", "price"} for item in self._items()):
            # What else is in its items, its function alone knows.
            self._put_at_once(names, prices)
            return
        items = {
            name: {"id": {"S": name}, "price": {"N": str(prices[name])}}
            for name in names
        }
        put_items(self.probe, self.table, items.values())
        self.known |= {name: prices[name] for name in items}

    def _put_at_once(self, names: Iterable[str], prices: Mapping[str, float]) -> None:
        with ThreadPoolExecutor(_AT_ONCE) as hands:
            list(hands.map(lambda name: self._put(name, prices[name]), names))

    def _put(self, name: str, price: float) -> None:
        body = json.dumps({"price": price})
        answer, sent = self.send("PUT", f"/prices/{quote(name)}", body)
        if answer.status not in (200, 201, 204):
            raise self.wrong(sent, answer, "200", "any-good-status")
        self.known[name] = price

    def _crash(self, *given: Any, **options: Any) -> Failed:
        failed = super()._crash(*given, **options)
        told = str(failed.observed)
        for sign, misconception in (
            ("Float types are not supported", "float-in-a-table"),
            ("Inexact", "float-in-a-table"),
            ("Decimal is not JSON serializable", "decimal-is-json"),
        ):
            if sign in told:
                failed.misconception = misconception
        return failed

    def _items(self) -> list[dict[str, Any]]:
        pages = self.probe.client("dynamodb").get_paginator("scan")
        found = pages.paginate(TableName=self.table, ConsistentRead=True)
        return [item for page in found for item in page["Items"]]

    def _stored_as_number(self, name: str) -> None:
        client = self.probe.client("dynamodb")
        key = {"id": {"S": name}}
        found = client.get_item(TableName=self.table, Key=key, ConsistentRead=True)
        item = found.get("Item")
        if item is None or "N" not in item.get("price", {}):
            raise Failed(
                f"I stored a price for {name} and looked into the table.",
                expected=f"an item with the id {quoted(name)} and a number as price",
                observed=quoted(item or "no such item"),
                look="the Item that your function puts",
                misconception="number-as-text" if item else None,
            )


def _is(found: Any, price: float) -> bool:
    """Whether JSON gave back the number that was stored."""
    return isinstance(found, int | float) and found == price
