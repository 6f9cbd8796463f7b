"""share-a-photo: a link to one object, for a while, from a bucket that stays shut."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from grader.checks.exercise import Failed, Raised, Work, exercise
from grader.checks.given_buckets import given_bucket
from grader.checks.probe import Probe, quoted
from grader.lab.answers import Answer

NEIGHBOUR = "portraits/not-for-you.jpg"
MARGIN = 30
"""Seconds before the end of a link at which it still has to open."""
ODD_KEYS = ("weddings/Zoë + Ben/the kiss (1).jpg", "50% off/a+b c.jpg", "empty.bin")
WEEK = 7 * 24 * 60


@exercise(
    "share-a-photo",
    hints=(
        "The link has to carry a signature, and boto3 makes it: section 1.5, 'One "
        "photo, one hour'. The signature covers the exact key, the bucket, the method "
        "and the time. Which client signs, for which bucket, and in which unit is the "
        "time?",
        'return cloud.client("____").generate_presigned_url(\n'
        '    "____",\n'
        '    Params={"Bucket": ____, "Key": ____},\n'
        "    ExpiresIn=____ * ____,     # seconds\n"
        ")",
    ),
    explain_back="explain-share-a-photo",
    misconceptions={
        "public-to-share": "You may think that a bucket has to be public to share "
        "something. A presigned URL lends the right to one object, and the bucket "
        "stays shut.",
        "acls-share": "You may think that each object has a list of who may read it. "
        "New buckets have such ACLs switched off. A signature does it now.",
        "address-is-a-link": "You may think that an address is enough. It says where "
        "the photo is; the signature in a presigned URL says that one may have it.",
        "minutes-are-seconds": "You may think that ExpiresIn counts in minutes. It "
        "counts in seconds.",
        "any-time-will-do": "You may think that any long time will do. Whoever has "
        "the link can use it until its end, and nobody can take it back.",
        "key-encoded-by-hand": "You may think that a key has to be encoded for the "
        "address first. generate_presigned_url does that; done twice, it is another "
        "key.",
        "link-for-another-method": "You may think that a link is a link. It is signed "
        "for one operation: who wants to download needs one for get_object.",
        "client-of-another-cloud": "You may think that any client can sign. It signs "
        "with its own account's keys: use the `cloud` that you are given.",
        "print-is-return": "You may think that what a function prints is its answer. "
        "Its answer is what it returns.",
    },
)
def share_a_photo(probe: Probe, share: Work, *, variation: bool) -> None:
    """A link opens one photo for some minutes, and nothing else."""
    with given_bucket(probe, "gallery") as bucket:
        _share(Gallery(probe, bucket, share), variation)


def _share(gallery: Gallery, variation: bool) -> None:
    random, clock = gallery.probe.random, gallery.probe.clock
    keys = [*ODD_KEYS] if variation else ["portraits/ada.jpg"]
    # Never an hour, which is what examples have.
    minutes = random.randint(5, 44) * 2 + 1
    links = [gallery.link(key, minutes) for key in keys]
    for link in links:
        gallery.opens(link, "at once")
        gallery.stays_private(link)
    if variation:
        # For days, and from the same function: no time is built into it.
        links.append(gallery.link(NEIGHBOUR, WEEK - 1))
    gallery.unchanged()
    clock.advance(minutes * 60 - MARGIN)
    for link in links:
        gallery.opens(link, "half a minute before its end")
    clock.advance(MARGIN * 2)
    for link in links:
        if link.minutes == minutes:
            gallery.has_ended(link)
        else:
            gallery.opens(link, "an hour or two later")


@dataclass(frozen=True)
class Link:
    """A link, and what it was asked for."""

    url: str
    key: str
    minutes: int

    @property
    def asked(self) -> str:
        """The call, as the learner would write it."""
        return f"share(cloud, bucket, {quoted(self.key)}, {self.minutes})"


class Gallery:
    """A private bucket with photos, and a stranger who tries links."""

    def __init__(self, probe: Probe, bucket: str, share: Work) -> None:
        self.probe = probe
        self.bucket = bucket
        self.share = share
        self.photos = {NEIGHBOUR: self._photo()}
        probe.put(bucket, NEIGHBOUR, self.photos[NEIGHBOUR])
        self.before = self._settings()

    def link(self, key: str, minutes: int) -> Link:
        """Have the learner share a photo."""
        if key not in self.photos:
            self.photos[key] = b"" if key.startswith("empty") else self._photo()
            self.probe.put(self.bucket, key, self.photos[key])
        cloud = self.probe.cloud_argument()
        try:
            url = self.share(cloud, self.bucket, key, minutes)
        except Raised as fault:
            raise _refused(fault) from None
        link = Link(str(url), key, minutes)
        if not isinstance(url, str) or not url.startswith("http"):
            raise Failed(
                f"I called {link.asked}; it returned no link.",
                expected="a text that begins with http",
                observed=quoted(url),
                look="the return of share",
                misconception="print-is-return" if url is None else None,
            )
        return link

    def opens(self, link: Link, when: str) -> None:
        """Whether a link gives its photo."""
        answer = self._visit(link.url)
        if answer.status != 200:
            raise self._shut(link, answer, when)
        if answer.body != self.photos[link.key]:
            raise Failed(
                f"I called {link.asked} and opened the link; it gave something else.",
                expected=f"the {len(self.photos[link.key])} bytes of the photo",
                observed=f"{len(answer.body)} bytes: {answer.text[:80]!r}",
                look="Bucket and Key in Params",
            )

    def stays_private(self, link: Link) -> None:
        """Whether the link opens nothing else."""
        plain = link.url.partition("?")[0]
        if self._visit(plain).status == 200:
            raise Failed(
                f"I called {link.asked} and opened the link without its signature; I "
                "got the photo.",
                expected="403: the bucket is private",
                observed=f"200 from {plain}",
                look="what your function does to the bucket: nothing is needed",
                misconception="public-to-share",
            )
        others = link.url.replace(quote(link.key), quote(NEIGHBOUR), 1)
        if others != link.url and self._visit(others).status == 200:
            raise Failed(
                f"I called {link.asked}, and changed the key in the link; I got "
                "another photo.",
                expected="403: a link is for one photo",
                observed=f"200 for {NEIGHBOUR}",
                look="what the link stands for, and who checks it",
            )

    def unchanged(self) -> None:
        """Whether the bucket is as it was."""
        now = self._settings()
        changed = [name for name in now if now[name] != self.before[name]]
        if changed:
            raise Failed(
                "The links work, but something about the bucket is another now.",
                expected=f"{changed[0]}: {quoted(self.before[changed[0]])}",
                observed=f"{changed[0]}: {quoted(now[changed[0]])}",
                look="each call that your function makes: one of them changes the "
                "bucket",
                misconception=None if changed[0] == "keys" else "public-to-share",
            )

    def has_ended(self, link: Link) -> None:
        """Whether a link is shut after its time."""
        answer = self._visit(link.url)
        if answer.status == 200:
            raise Failed(
                f"I called {link.asked}, let {link.minutes} minutes pass and half a "
                "minute more, and opened the link; I got the photo.",
                expected="403: its time is over",
                observed=f"200; {_lifetime(link.url)}",
                look="ExpiresIn: is it made from minutes?",
                misconception="any-time-will-do",
            )

    def _shut(self, link: Link, answer: Answer, when: str) -> Failed:
        reasons = re.findall("<(?:Code|Message)>(.*?)</", answer.text)
        observed = f"HTTP {answer.status} {': '.join(reasons) or answer.text[:300]}"
        told = f"I called {link.asked} and opened the link {when}; I got "
        told += f"{answer.status}."
        keys = self.probe.cloud_argument()["$cloud"]["access_key_id"]
        misconception, look = None, "the address and the parameters of the link"
        if "?" not in link.url:
            misconception = "address-is-a-link"
            look = "section 1.5, 'One photo, one hour'"
        elif keys not in link.url:
            misconception = "client-of-another-cloud"
            look = 'the client that signs: cloud.client("s3"), inside the function'
        elif "expired" in answer.text:
            short = re.search(rf"Expires={link.minutes}\b", link.url)
            misconception = "minutes-are-seconds" if short else "any-time-will-do"
            look = f"ExpiresIn: the link says {_lifetime(link.url)}"
        elif quote(quote(link.key)) in link.url and quote(link.key) != link.key:
            misconception = "key-encoded-by-hand"
            look = f"the key that was signed: {quote(link.key)}"
        elif "SignatureDoesNotMatch" in answer.text:
            misconception = "link-for-another-method"
            look = "the operation that the link is made for: the first argument"
        return Failed(
            told,
            expected="200 and the photo",
            observed=observed,
            look=look,
            misconception=misconception,
        )

    def _visit(self, url: str) -> Answer:
        return self.probe.http("GET", url)

    def _photo(self) -> bytes:
        return self.probe.random.randbytes(self.probe.random.randint(500, 5_000))

    def _settings(self) -> dict[str, Any]:
        """What a stranger's access depends on, and what is in the bucket."""
        s3 = self.probe.client("s3")
        asked = {
            "Block Public Access": s3.get_public_access_block,
            "bucket policy": s3.get_bucket_policy,
            "ownership of objects": s3.get_bucket_ownership_controls,
        }
        found: dict[str, Any] = {"keys": self.probe.keys(self.bucket)}
        # What the learner shares was put here by the check.
        found["keys"] = [key for key in found["keys"] if key not in self.photos]
        for name, ask in asked.items():
            try:
                said = ask(Bucket=self.bucket)
            except s3.exceptions.ClientError as none:
                said = {"none": none.response["Error"]["Code"]}
            said.pop("ResponseMetadata", None)
            found[name] = said
        return found


def _refused(fault: Raised) -> Failed:
    """What a call that S3 refused says about the way that was tried."""
    signs = {
        "AccessControlListNotSupported": "acls-share",
        "PutObjectAcl": "acls-share",
        "PutBucketAcl": "acls-share",
        "PutBucketPolicy": "public-to-share",
        "BlockPublicPolicy": "public-to-share",
        "NoSuchBucket": "client-of-another-cloud",
    }
    for sign, misconception in signs.items():
        if sign in fault.message:
            return Failed(
                fault.message,
                expected="a link, while the bucket stays as it is",
                observed=sign,
                look="section 1.5, 'One photo, one hour'",
                misconception=misconception,
            )
    return fault


def _lifetime(url: str) -> str:
    found = re.search(r"[?&](X-Amz-Expires|Expires)=(\d+)", url)
    return f"{found[1]}={found[2]}" if found else "no Expires"
