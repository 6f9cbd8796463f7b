"""The gallery of the first project: what is uploaded, and what becomes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from grader.checks import given_photos
from grader.checks.exercise import Failed, Work
from grader.checks.given_buckets import empty_bucket
from grader.checks.given_photos import Photo
from grader.checks.phase2_faults import cause_of, is_of_handler, place_of
from grader.checks.phase2_functions import (
    FUNCTION_MISCONCEPTIONS,
    named_parts,
    runtime_of,
)
from grader.checks.phase2_image_libraries import CAUSES, ImageLibrary, library_of
from grader.checks.phase2_uploads import Uploads, deployed_behind, listed
from grader.checks.probe import Probe, quoted

LONGEST_SIDE = 256
"""Pixels of a thumbnail, as the task says."""
ORIGINALS, THUMBS, REJECTED = "originals/", "thumbs/", "rejected/"

MISCONCEPTIONS = {
    **{
        name: FUNCTION_MISCONCEPTIONS[name]
        for name in (
            *("client-of-another-cloud", "ended-by-timeout", "unhandled-error"),
            *("callbacks-on-24", "handler-string", "module-kind", "not-in-the-zip"),
            *("lambda-waits", "promise-is-the-value"),
        )
    },
    "deploy-without-names": "You may think that building is all. Whoever uses the "
    "gallery needs the names of its parts, so deploy_gallery returns them.",
    "trigger-not-wired": "You may think that a function watches a bucket. The bucket "
    "tells the function, and both sides have to agree: a notification on the bucket, "
    "a permission on the function.",
    "role-not-allowed": "You may think that a function may do what you may do. It acts "
    "under its role, and a role may do what its policies allow, no more.",
    "own-trigger": "You may think that the place for the output does not matter. What "
    "lands under the trigger's prefix starts the function again.",
    "every-prefix": "You may think that a prefix is a folder with a trigger of its "
    "own. The bucket has the trigger; a prefix filter narrows it.",
    "key-not-decoded": "You may think that the event holds the key as you typed it. It "
    "comes URL-encoded: a space is a plus, an é is %C3%A9.",
    "libraries-are-there": "You may think that a library which you have is there for "
    "your function too. Lambda brings the AWS SDK of its language; every other one "
    "comes in the package.",
    "ending-makes-the-format": "You may think that .jpg in the key makes a JPEG. What "
    "the bytes are, and what S3 tells browsers about them, is yours to say.",
    "square-is-small": "You may think that a thumbnail is 256 by 256. The longest side "
    "is; the other follows, so that nobody looks squeezed.",
    "pixels-are-upright": "You may think that a photo's pixels stand upright. A camera "
    "stores them as it was held, and notes in the EXIF data how that was.",
    "transparent-is-white": "You may think that transparent means white. A JPEG can't "
    "be transparent, so you choose what lies behind; else it is often black.",
    "original-is-yours": "You may think that the upload may be changed or tidied away. "
    "It is the only one that June has.",
    "uploads-are-pictures": "You may think that what is uploaded is a picture. "
    "Anything can arrive, and trying it three times makes no picture of it.",
    "opened-is-read": "You may think that a picture which can be opened is whole. "
    "The fault is further down, where nothing has looked yet or was painted over.",
    "rejected-without-reason": "You may think that a list of names will do. Whoever "
    "finds it next month wants to know what was wrong.",
}


@dataclass(frozen=True)
class Gallery:
    """A gallery that a learner's function built, and the account that it stands in."""

    probe: Probe
    bucket: str
    function: str
    failures: str
    """The URL of the queue for what couldn't be done."""
    uploads: Uploads
    library: ImageLibrary

    def add(self, photos: Mapping[str, bytes], *, at_once: bool = False) -> None:
        """Upload, one by one or at the same moment; each has to get one run.

        Keys are what comes after `originals/`.
        """
        told = listed(photos)
        files = {ORIGINALS + name: photos[name] for name in photos}
        runs = self.uploads.put(files, at_once=at_once)
        if runs > len(photos):
            others = self.uploads.others()
            self.uploads.stop()
            raise Failed(
                f"I uploaded {told}; your function ran {runs} times, and I took its "
                "trigger away to stop it.",
                expected=f"{len(photos)} run(s), one for each upload",
                observed=f"{runs} runs; objects that I didn't upload: {listed(others)}",
                look="does what your function writes match the trigger's prefix?",
                misconception="own-trigger",
            )
        if runs < len(photos):
            raise Failed(
                f"I uploaded {told} to originals/; not every upload got a run.",
                expected=f"{len(photos)} run(s) of {self.function}",
                observed=f"{runs} run(s)",
                look="the bucket's notification: its prefix, its suffix and its "
                "events, and the permission that lets S3 invoke the function",
                misconception="trigger-not-wired",
            )

    def ignores(self, files: Mapping[str, bytes]) -> None:
        """Upload to other places, by whole keys; nothing may run."""
        runs = self.uploads.put(files)
        if runs:
            raise Failed(
                f"I uploaded {listed(files)}, which isn't in originals/; your function "
                "ran.",
                expected="no run",
                observed=f"{runs} run(s)",
                look="the Filter of the bucket's notification",
                misconception="every-prefix",
            )

    def shows(self, name: str, photo: Photo) -> None:
        """A photo has its thumbnail, as it should look, and lies there unchanged."""
        key = f"{THUMBS}{name}.jpg"
        body = self.probe.get(self.bucket, key)
        if body is None:
            raise self._refused(name, key) or self.without(name, key)
        thumb = given_photos.seen(body)
        wanted = _small(photo.size)
        if thumb is None or thumb.format != "JPEG" or thumb.mode not in ("RGB", "L"):
            raise Failed(
                f"I uploaded {name} and looked at {key}.",
                expected="a JPEG in RGB or grey, which every browser shows",
                observed=f"{thumb.format} in {thumb.mode}" if thumb else "no picture",
                look=self.library.saving,
                misconception="ending-makes-the-format",
            )
        self._turned(name, photo, thumb)
        if any(abs(one - two) > 1 for one, two in zip(thumb.size, wanted, strict=True)):
            raise Failed(
                f"I uploaded {name}, {_pixels(photo.size)}; its thumbnail has another "
                "size.",
                expected=f"{_pixels(wanted)}: the longest side {LONGEST_SIDE}, the "
                "shape kept, and nothing enlarged",
                observed=_pixels(thumb.size),
                look=self.library.sizing,
                misconception="square-is-small",
            )
        self._told_as_jpeg(key)
        if self.probe.get(self.bucket, ORIGINALS + name) != photo.body:
            raise Failed(
                f"I uploaded {name}; the original isn't what I uploaded any more.",
                expected="the same bytes in originals/",
                observed="other bytes, or nothing",
                look="the keys that your function writes to and deletes",
                misconception="original-is-yours",
            )

    def _turned(self, name: str, photo: Photo, thumb: given_photos.Seen) -> None:
        if thumb.fields == photo.fields:
            return
        holes = photo.fields[3] == "white" and thumb.fields[:3] == photo.fields[:3]
        raise Failed(
            f"I uploaded {name} and looked at its thumbnail: "
            + ("what is transparent isn't white." if holes else "it shows another way.")
            + " Its four quarters have a colour each, row by row.",
            expected=", ".join(photo.fields),
            observed=", ".join(thumb.fields),
            look="what lies behind a picture when it has no colour of its own"
            if holes
            else self.library.turning,
            misconception="transparent-is-white" if holes else "pixels-are-upright",
        )

    def _told_as_jpeg(self, key: str) -> None:
        said = self.probe.client("s3").head_object(Bucket=self.bucket, Key=key)
        if said["ContentType"] != "image/jpeg":
            raise Failed(
                f"I asked S3 what {key} is.",
                expected="ContentType image/jpeg",
                observed=f"ContentType {said['ContentType']}",
                look="ContentType of put_object, or of PutObjectCommand: S3 believes "
                "what you say there, and never looks",
                misconception="ending-makes-the-format",
            )

    def rejects(self, name: str) -> None:
        """What is no picture was put aside with a reason, and has no thumbnail."""
        key = f"{REJECTED}{name}.json"
        body = self.probe.get(self.bucket, key)
        if body is None:
            if self.probe.get(self.bucket, f"{THUMBS}{name}.jpg") is not None:
                raise self._thumb_of_nothing(name)
            raise self.without(name, key, rejected=True)
        try:
            note: Any = json.loads(body)
        except ValueError:
            note = body.decode("utf-8", "replace")[:200]
        told = note if isinstance(note, dict) else {}
        reason = told.get("reason")
        if told.get("file") != ORIGINALS + name or not (
            isinstance(reason, str) and reason.strip()
        ):
            raise Failed(
                f"I uploaded {name}, which is no picture, and read {key}.",
                expected=quoted({"file": ORIGINALS + name, "reason": "…"}),
                observed=quoted(note),
                look="what your function writes to rejected/",
                misconception="rejected-without-reason",
            )
        if self.probe.get(self.bucket, f"{THUMBS}{name}.jpg") is not None:
            raise self._thumb_of_nothing(name)

    def _thumb_of_nothing(self, name: str) -> Failed:
        return Failed(
            f"I uploaded {name}, which is no whole picture; it got a thumbnail.",
            expected=f"{REJECTED}{name}.json and nothing in thumbs/",
            observed=f"{THUMBS}{name}.jpg",
            look=self.library.reading,
            misconception="opened-is-read",
        )

    def written(self) -> dict[str, datetime]:
        """When each thumbnail and each rejection was written."""
        pages = self.probe.client("s3").get_paginator("list_objects_v2")
        return {
            found["Key"]: found["LastModified"]
            for prefix in (THUMBS, REJECTED)
            for page in pages.paginate(Bucket=self.bucket, Prefix=prefix)
            for found in page.get("Contents", [])
        }

    def _refused(self, name: str, wanted: str) -> Failed | None:
        """Why a good photo was put aside, in the function's own words."""
        key = f"{REJECTED}{name}.json"
        body = self.probe.get(self.bucket, key)
        if body is None:
            return None
        reason = body.decode("utf-8", "replace")[:300]
        thought, look = cause_of(reason) or (None, self.library.refused)
        return Failed(
            f"I uploaded {name}, a good photo; your function rejected it.",
            expected=wanted,
            observed=f"{key}: {reason}",
            look=look,
            misconception=thought,
        )

    def without(self, name: str, wanted: str, *, rejected: bool = False) -> Failed:
        """Why something is missing, as far as it can be seen from outside."""
        fault = self.uploads.last_error()
        others = self.uploads.others()
        misconception, look = self._thought(name, fault, others)
        if rejected and misconception == "unhandled-error":
            misconception = "uploads-are-pictures"
            look = self.library.refusing
        return Failed(
            f"I uploaded {name}; your function ran, and there is no {wanted}.",
            expected=wanted,
            observed=fault or f"objects that I didn't upload: {listed(others)}",
            look=look,
            misconception=misconception,
        )

    def _thought(
        self, name: str, fault: str, others: list[str]
    ) -> tuple[str | None, str]:
        """The thought behind something that is missing, and where to look."""
        if not fault:
            encoded = quote_plus(name, safe="/")
            if encoded != name and not any(name in other for other in others):
                place = f"the key in the event: it came as {ORIGINALS}{encoded}"
                return "key-not-decoded", place
            return None, self.library.silence
        if not is_of_handler(fault):
            for sign, cause in CAUSES.items():
                if sign in fault:
                    return cause
        return cause_of(fault) or ("unhandled-error", place_of(fault))


def build(probe: Probe, deploy: Work, *, variation: bool) -> Gallery:
    """Have a gallery built around an empty bucket, in an account that is empty too.

    A variation's probe is in an account of its own already, far from home.
    """
    account = probe if variation else probe.fresh(probe.region)
    bucket = empty_bucket(account, "photos")
    returned = deployed_behind(account, deploy, bucket, "deploy_gallery")
    parts = named_parts(returned, ("function", "failures"), "deploy_gallery")
    function, runtime = runtime_of(account, parts["function"], "deploy_gallery")
    uploads = Uploads(account, bucket, function)
    library = library_of(runtime)
    return Gallery(account, bucket, function, parts["failures"], uploads, library)


def _small(size: tuple[int, int]) -> tuple[int, int]:
    share = min(1.0, LONGEST_SIDE / max(size))
    return max(1, round(size[0] * share)), max(1, round(size[1] * share))


def _pixels(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]} pixels"
