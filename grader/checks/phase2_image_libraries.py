"""Where to look in a function that makes thumbnails, in the words of its library."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ImageLibrary:
    """What a language's usual library for images calls the steps of a thumbnail."""

    turning: str
    saving: str
    sizing: str
    reading: str
    """When a picture is really read, all of it."""
    refusing: str
    """What tells that something is no picture."""
    refused: str
    """What may be wrong where a good picture was taken for none."""
    silence: str
    """Why nothing may be written without an error."""


PILLOW = ImageLibrary(
    turning="ImageOps.exif_transpose: how the camera was held stands in the EXIF data",
    saving='the mode of the picture before it is saved, and save(…, "JPEG")',
    sizing="how the new width and height are made",
    reading="when a picture is really read: opening it reads its head only, load() "
    "reads all of it",
    refused="the reason: it is the error that your function caught. A line around the "
    "picture failed, not the picture",
    refusing="what Pillow raises for what is no picture, and who catches it",
    silence="how the new key is made: the prefix, what came after originals/, and the "
    "ending",
)
JIMP = ImageLibrary(
    turning="how the camera was held stands in the EXIF data: Jimp.fromBuffer turns a "
    "photo by them, decoders of single formats don't",
    saving='await picture.getBuffer("image/jpeg"), and what PutObjectCommand is given',
    sizing="how the new width and height are made; scaleToFit enlarges, too",
    reading="when a picture is really read: Jimp.fromBuffer reads all of it, and "
    "throws when something is missing",
    refused="the reason: it is the error that your function caught. Is what "
    "Jimp.fromBuffer gets all the bytes, in a Buffer, and does each step with the "
    "picture have its await?",
    refusing="what jimp throws for what is no picture, and whether a try around the "
    "await catches it",
    silence="whether each send(…) is awaited, since Lambda waits for nothing else; "
    "then how the new key is made: the prefix, what came after originals/, and the "
    "ending",
)


def library_of(runtime: str) -> ImageLibrary:
    """The library that the lesson shows for a runtime such as `nodejs24.x`."""
    return JIMP if runtime.startswith("nodejs") else PILLOW


CAUSES = {
    "Task timed out": (
        "ended-by-timeout",
        "Timeout and MemorySize in create_function: three seconds is little for a "
        "first call that loads a library",
    ),
    "No module named": (
        "libraries-are-there",
        "the names in the zip: the library's folders lie beside your file",
    ),
    "cannot import name '_imaging'": (
        "libraries-are-there",
        "the names in the zip: Pillow's compiled part is a file of its own",
    ),
    "cannot open shared object file": (
        "libraries-are-there",
        "the names in the zip: pillow.libs lies beside PIL",
    ),
    "Cannot find package 'jimp'": (
        "libraries-are-there",
        "the names in the zip: the folder node_modules lies beside your file",
    ),
    "Cannot find module 'jimp'": (
        "libraries-are-there",
        "the names in the zip: the folder node_modules lies beside your file",
    ),
    "flowing readable stream": (
        "promise-is-the-value",
        "the Body that PutObjectCommand is given: a promise needs await before it, an "
        "object JSON.stringify around it",
    ),
    "NoSuchKey": ("key-not-decoded", "the key in the event: it comes URL-encoded"),
    "AccessDenied": (
        "role-not-allowed",
        "cloud.audit(…) of your function: which action, on which ARN",
    ),
    "403": ("role-not-allowed", "cloud.audit(…) of your function: which action"),
}
"""What an error has in it, the thought behind it, and where to look."""
