"""The functions that are invoked, and how each server gets to know them."""

from __future__ import annotations

import io
import itertools
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from grader.checks.given_functions import TRUST

LOGGING = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


@dataclass(frozen=True)
class Source:
    """One kind of function. Its files differ in a comment, so no two share code."""

    kind: str
    language: str
    text: str

    def file(self, number: int) -> tuple[str, str]:
        """Name and content of the file of the so many-th function of this kind."""
        suffix, comment = (".py", "#") if self.language == "python" else (".js", "//")
        return f"{self.kind}{number}{suffix}", f"{comment} {number}\n{self.text}"

    def handler(self, number: int) -> str:
        """The handler's name in that file."""
        return f"{self.kind}{number}.handler"


SILENT = Source(
    "silent", "python", 'def handler(event, context):\n    return {"ok": True}\n'
)
PRINTING = Source(
    "printing",
    "python",
    'def handler(event, context):\n    print("hello")\n    return {"ok": True}\n',
)
NODE = Source("node", "node", "exports.handler = async (event) => ({ ok: true });\n")
SOURCES = (SILENT, PRINTING, NODE)


class Deployment(Protocol):
    """Gives functions that were never invoked."""

    def new(self, source: Source) -> str:
        """The name of a function of this kind that was never invoked."""
        ...

    def delete(self, name: str) -> None:
        """Lets a function go that isn't needed any more."""
        ...


class Created:
    """Functions made with CreateFunction, one zip each, that may write logs."""

    def __init__(self, client: Any, iam: Any) -> None:
        self._client = client
        role = iam.create_role(
            RoleName="bench", AssumeRolePolicyDocument=json.dumps(TRUST)
        )
        self._role = role["Role"]["Arn"]
        iam.attach_role_policy(RoleName="bench", PolicyArn=LOGGING)
        self._numbers = itertools.count()

    def new(self, source: Source) -> str:
        number = next(self._numbers)
        name = f"bench-{source.kind}-{number}"
        runtime = "python3.13" if source.language == "python" else "nodejs22.x"
        self._client.create_function(
            FunctionName=name,
            Runtime=runtime,
            Role=self._role,
            Handler=source.handler(number),
            Code={"ZipFile": zipped(*source.file(number))},
            Timeout=30,
        )
        waiter = self._client.get_waiter("function_active_v2")
        waiter.wait(FunctionName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 200})
        return name

    def delete(self, name: str) -> None:
        self._client.delete_function(FunctionName=name)


class Declared:
    """Functions declared in serverless.yml before the server starts."""

    def __init__(self, folder: Path, *, each: int, options: dict[str, Any]) -> None:
        functions: dict[str, Any] = {}
        for source in SOURCES:
            # The newest names that serverless 3 knows; which interpreter runs is
            # decided by the PATH.
            runtime = "python3.11" if source.language == "python" else "nodejs20.x"
            for number in range(each):
                name, content = source.file(number)
                (folder / name).write_text(content)
                functions[f"{source.kind}{number}"] = {
                    "handler": source.handler(number),
                    "runtime": runtime,
                }
        service = {
            "service": "bench",
            "frameworkVersion": "3",
            "provider": {"name": "aws", "stage": "dev"},
            "plugins": ["serverless-offline"],
            "custom": {"serverless-offline": options},
            "functions": functions,
        }
        # JSON is YAML, so no YAML writer is needed.
        (folder / "serverless.yml").write_text(json.dumps(service, indent=1))
        self._names: dict[str, Iterator[str]] = {
            source.kind: iter([f"bench-dev-{source.kind}{n}" for n in range(each)])
            for source in SOURCES
        }

    def new(self, source: Source) -> str:
        return next(self._names[source.kind])

    def delete(self, name: str) -> None:
        """It ends the process of a function that was idle for a minute by itself."""


class AnyName:
    """The stub answers whatever the function's name."""

    def new(self, source: Source) -> str:
        return f"bench-{source.kind}"

    def delete(self, name: str) -> None:
        """There is nothing to delete."""


def zipped(name: str, content: str) -> bytes:
    """A deployment package with one file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr(name, content)
    return buffer.getvalue()
