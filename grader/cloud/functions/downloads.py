"""Where code and layers can be downloaded: paths of ours on the lab's port.

AWS gives a presigned S3 address that holds for ten minutes.
"""

from __future__ import annotations

import re

from werkzeug.wrappers import Request, Response

from grader.cloud.functions import storage
from grader.cloud.functions.layers import LayerRecord
from grader.cloud.functions.stored_function import StoredFunction

PREFIX = "/_aws/lambda-code/"
_PATH = re.compile(
    PREFIX + r"(?P<account>\d{12})/(?P<region>[a-z0-9-]+)/(?P<kind>function|layer)/"
    r"(?P<name>[\w-]+)/(?P<version>\$LATEST|\d+)"
)


def code_location(endpoint: str, function: StoredFunction) -> str:
    """Return the address of a version's deployment package."""
    place = f"{function.account_id}/{function.region}/function"
    return f"{endpoint}{PREFIX}{place}/{function.function_name}/{function.version}"


def layer_location(endpoint: str, layer: LayerRecord) -> str:
    """Return the address of a layer version's content."""
    place = f"{layer.account}/{layer.region}/layer"
    return f"{endpoint}{PREFIX}{place}/{layer.name}/{layer.version}"


def serve(request: Request) -> Response:
    """Answer a download of code or of a layer."""
    match = _PATH.fullmatch(request.path)
    package = None
    if match is not None:
        backend = storage.backend(match["account"], match["region"])
        if match["kind"] == "function":
            function = backend.version(match["name"], match["version"])
            package = function.code_bytes if function else None
        else:
            layers = backend.layer_records.get(match["name"], [])
            package = next(
                (one.package for one in layers if str(one.version) == match["version"]),
                None,
            )
    if package is None:
        return Response("No such code\n", status=404, content_type="text/plain")
    return Response(package, content_type="application/zip")
