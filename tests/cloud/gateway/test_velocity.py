"""The template language, by what it renders."""

from __future__ import annotations

from typing import Any

import pytest

from grader.cloud.gateway import velocity
from grader.cloud.gateway.mapping_templates import Sources, parameter, render
from grader.cloud.gateway.unsupported import NotModelled

SOURCES = Sources(
    body='{"a": {"b": [1, 2]}, "name": "Ada\\"s", "none": null}',
    context={"stage": "v1", "identity": {"sourceIp": "1.2.3.4"}},
    stage_variables={"table": "pets"},
    path={"id": "7"},
    query={"q": "x y"},
    headers={"X-A": "1"},
)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("$input.json('$')", SOURCES.body),
        ("$input.json('$.a.b')", "[1, 2]"),
        ("$input.json('$.nothing')", '""'),
        ("$input.path('$.a').b[1]", "2"),
        ("$input.body", SOURCES.body),
        ("$input.params('id')-$input.params('q')", "7-x y"),
        ("$input.params().header.get('X-A')", "1"),
        ("$context.identity.sourceIp ${context.stage}!", "1.2.3.4 v1!"),
        ("$stageVariables.table", "pets"),
        ("$util.escapeJavaScript($input.path('$.name'))", 'Ada\\"s'),
        ("$util.urlEncode('a b')$util.base64Encode('a')", "a+bYQ=="),
    ],
)
def test_what_templates_know(template: str, text: str) -> None:
    """$input, $context, $stageVariables and $util are API Gateway's."""
    assert render(template, SOURCES) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain # and $5", "plain # and $5"),
        ("$unknown.member", "$unknown.member"),
        ("#set($a = 1 + 2 * 3)$a", "7"),
        ('#set($a = "x${n}")$a', "x3"),
        ("#set($a = ['x', \"y\"])$a.size()$a[1]", "2y"),
        ('#set($a = {"k": true})$a.k', "true"),
        ("#if($n == 3 && !false)yes#{else}no#end", "yes"),
        ("#if($n > 3)a#elseif($n < 3)b#else c#end", " c"),
        ("#if($n > 1)#if($n > 5)a#{else}b#end#end", "b"),
        ("#foreach($x in $xs)$x#if($foreach.hasNext),#end#end", "1,2"),
        ("#foreach($x in [])$x#end.", "."),
        ("a## a comment\nb", "ab"),
    ],
)
def test_language(template: str, text: str) -> None:
    """Velocity's directives and expressions, as its user guide has them."""
    assert velocity.render(template, {"n": 3, "xs": [1, 2]}) == text


@pytest.mark.parametrize(
    "template", ["#macro(a)#end", "#if($n == 1)", "$xs.reverse()", "#set($a = )"]
)
def test_anything_else_is_an_error(template: str) -> None:
    """What isn't modelled is named, never rendered wrong."""
    with pytest.raises(NotModelled):
        velocity.render(template, {"n": 1, "xs": [1]})


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("'*'", "*"),
        ("method.request.path.id", "7"),
        ("method.request.querystring.q", "x y"),
        ("context.stage", "v1"),
        ("stageVariables.table", "pets"),
    ],
)
def test_mapped_parameters(expression: Any, value: str) -> None:
    """A mapped parameter is a literal in quotes, or a name."""
    assert parameter(expression, SOURCES) == value
