"""The control plane on the lab's own port, with real invocations behind it."""

from __future__ import annotations

import io
import urllib.request
import zipfile
from collections.abc import Callable
from typing import Any

ANSWER = "def handler(event, context):\n    return {}\n"


def test_code_can_be_downloaded_from_the_labs_port(account: Any) -> None:
    """Code.Location is an address of the lab."""
    name = account.deploy(ANSWER.format(1))
    location = account.aws_lambda.get_function(FunctionName=name)["Code"]["Location"]
    assert location.startswith(account.cloud.endpoint_url)
    with urllib.request.urlopen(location) as answer:
        package = zipfile.ZipFile(io.BytesIO(answer.read()))
    assert package.read("app.py").decode() == ANSWER.format(1)


def test_a_fresh_account_has_its_own_functions(
    account: Any, fresh_account: Any
) -> None:
    """The same name in two accounts is two functions."""
    account.deploy(ANSWER.format(1), FunctionName="same")
    fresh_account.deploy(ANSWER.format(2), FunctionName="same")
    answers = [one.invoke("same").payload for one in (account, fresh_account)]
    assert answers == [1, 2]


def test_an_alias_follows_its_version(
    account: Any, zipped: Callable[..., bytes]
) -> None:
    """Pointing it elsewhere is enough: nothing is deployed again."""
    name = account.deploy(ANSWER.format(1), Publish=True)
    code = zipped({"app.py": ANSWER.format(2)})
    client = account.aws_lambda
    client.update_function_code(FunctionName=name, ZipFile=code, Publish=True)
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    before = account.invoke(name, Qualifier="live")
    client.update_alias(FunctionName=name, Name="live", FunctionVersion="2")
    after = account.invoke(name, Qualifier="live")
    assert [before.payload, after.payload] == [1, 2]
