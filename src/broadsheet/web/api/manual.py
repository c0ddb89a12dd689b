"""The page about the API, and its Markdown: the description put into words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter, what it takes and what it means."""

    name: str
    where: str
    takes: str
    about: str


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation in words."""

    id: str
    method: str
    path: str
    summary: str
    about: str
    who: str
    parameters: tuple[Parameter, ...]
    body: tuple[Parameter, ...]
    gives: str


@dataclass(frozen=True, slots=True)
class Group:
    """Operations of one kind."""

    id: str
    name: str
    about: str
    operations: tuple[Operation, ...]


_WHO = {
    "anyone": "anyone",
    "reader": "readers",
    "curator": "curators",
    "operator": "operators",
}


def manual(description: bytes) -> dict[str, object]:
    """The values of the page."""
    told = orjson.loads(description)
    paragraphs = [part.replace("\n", " ") for part in told["info"]["description"].split("\n\n")]
    return {
        "here": "/api",
        "version": told["info"]["version"],
        "about": [_marked(part) for part in paragraphs if part.strip()],
        "groups": _groups(told),
    }


def in_markdown(description: bytes) -> bytes:
    """The same as Markdown."""
    told = orjson.loads(description)
    lines = [f"# The API of {told['info']['title']}", "", told["info"]["description"].strip()]
    for group in _groups(told):
        lines += ["", f"## {group.name}", "", group.about]
        for one in group.operations:
            lines += ["", f"### {one.method} {one.path}", "", f"{one.summary}. {one.about}".strip()]
            lines += ["", f"For {one.who}. Answers: {one.gives}."]
            rows = [*one.parameters, *one.body]
            lines += [""] if rows else []
            lines += [
                f"- `{row.name}` ({row.where}; {row.takes})"
                + (f": {row.about}" if row.about else "")
                for row in rows
            ]
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _groups(told: dict[str, Any]) -> list[Group]:
    by_tag: dict[str, list[Operation]] = {tag["name"]: [] for tag in told["tags"]}
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            by_tag[operation["tags"][0]].append(_operation(told, path, method, operation))
    return [
        Group(
            tag["name"].lower().replace(" ", "-"),
            tag["name"],
            tag["description"],
            tuple(by_tag[tag["name"]]),
        )
        for tag in told["tags"]
    ]


def _operation(told: dict[str, Any], path: str, method: str, found: dict[str, Any]) -> Operation:
    parameters = [
        Parameter(one["name"], one["in"], _type(told, one["schema"]), one.get("description", ""))
        for one in (_resolved(told, one) for one in found.get("parameters", ()))
    ]
    who = _WHO[found["x-role"]] + (f", scope {found['x-scope']}" if found["x-scope"] else "")
    if found.get("x-accounts"):
        who += ", where accounts are on"
    good = next(answer for code, answer in found["responses"].items() if code.startswith("2"))
    content = good.get("content", {}).get("application/json", {}).get("schema", {})
    return Operation(
        found["operationId"],
        method.upper(),
        path,
        found["summary"],
        " ".join(found.get("description", "").split()),
        who,
        tuple(parameters),
        _body(told, found),
        _type(told, content) if content else "nothing (204)",
    )


def _body(told: dict[str, Any], found: dict[str, Any]) -> tuple[Parameter, ...]:
    content = found.get("requestBody", {}).get("content", {})
    schema = _resolved(told, content.get("application/json", {}).get("schema", {}))
    required = schema.get("required", ())
    return tuple(
        Parameter(
            name,
            "body" if name in required else "body, may be left out",
            _type(told, one),
            one.get("description", ""),
        )
        for name, one in schema.get("properties", {}).items()
    )


def _resolved(told: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    found: Any = one
    while "$ref" in found:
        target: Any = told
        for step in found["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        found = target
    return dict(found)


def _type(told: dict[str, Any], schema: dict[str, Any]) -> str:
    """What a schema takes, in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        kinds = [_type(told, one) for one in schema["anyOf"] if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in schema:
        return ", ".join(str(one) or "empty" for one in schema["enum"])
    if "const" in schema:
        return str(schema["const"]) or "empty"
    if schema.get("type") == "array":
        return f"list of {_type(told, schema.get('items', {}))}"
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None and high < 2**40:
        return f"{schema['type']}, {low} to {high}"
    return str(schema.get("type", "anything"))


def _marked(text: str) -> list[tuple[str, str]]:
    """A paragraph as pieces: (tag, text), with its **strong** words and `code`."""
    pieces: list[tuple[str, str]] = []
    for n, part in enumerate(text.split("`")):
        if n % 2:
            pieces.append(("code", part))
            continue
        pieces += [
            ("strong" if m % 2 else "", words) for m, words in enumerate(part.split("**")) if words
        ]
    return pieces
