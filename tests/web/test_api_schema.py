"""The description of the API, and whether every answer is as it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from broadsheet.web import create_app
from broadsheet.web.policy import policy_of
from tests.web.fuzzing import ASKERS, fuzz, talkative_home
from tests.web.serving import HashedWords, Server

# A bounded run; `python -m tests.web.fuzzing --minutes 10` is the long one.
SECONDS = 20


@pytest.mark.parametrize("asker", ASKERS)
def test_every_answer_is_as_the_description_says(asker: str, tmp_path: Path) -> None:
    settings, tokens = talkative_home(tmp_path / "home")
    # The same questions every time: what chance finds belongs to the long run.
    limits = ("--max-time", str(SECONDS), "--max-examples", "2", "--generation-deterministic")
    limits = (*limits, "--phases", "examples,coverage,fuzzing", "--no-shrink")
    with Server(settings, HashedWords()) as server:
        found = fuzz(server, tokens[asker], *limits, folder=tmp_path)
    assert found.rc == 0, found.text
    assert found.cases > 100, found.text


def test_what_was_read_from_a_paper_is_told_in_its_own_words(tmp_path: Path) -> None:
    settings, _ = talkative_home(tmp_path / "home")
    with Server(settings, HashedWords()) as server:
        abstract = server.get("/api/v1/papers/1706.03762").json()["abstract"]
        told = server.get("/api/v1/papers/1706.03762/reading").json()
        assert len(told["sentences"]) == 5
        for one in told["sentences"]:
            assert one["text"] == abstract[one["start"] : one["end"]]
        key = told["keywords"][0]["key"]
        papers = server.get(f"/api/v1/terms/{key.replace(' ', '-')}/papers").json()["papers"]
        assert "1706.03762" in [paper["id"] for paper in papers]


@pytest.fixture(scope="module")
def described(paper: Server) -> dict[str, Any]:
    found: dict[str, Any] = paper.get("/api/v1/openapi.json").json()
    return found


def operations(described: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]


def test_it_stands_where_programs_look_for_it(paper: Server, described: dict[str, Any]) -> None:
    assert paper.get("/.well-known/openapi.json").json() == described
    assert described["openapi"].startswith("3.1")


def test_every_operation_says_what_it_gives_and_what_may_go_wrong(
    described: dict[str, Any],
) -> None:
    names = set()
    for path, method, operation in operations(described):
        at = f"{method} {path}"
        names.add(operation["operationId"])
        assert operation["summary"], at
        assert operation["description"], at
        assert len(operation["tags"]) == 1, at
        good = [code for code in operation["responses"] if code.startswith("2")]
        assert len(good) == 1, at
        if good != ["204"]:
            content = operation["responses"][good[0]]["content"]["application/json"]
            assert content["schema"]["$ref"].startswith("#/components/schemas/"), at
        assert {"400", "401", "404", "429", "503"} <= set(operation["responses"]), at
    assert len(names) == len(operations(described))
    tags = {tag["name"] for tag in described["tags"]}
    assert {operation["tags"][0] for _, _, operation in operations(described)} == tags


def test_it_says_who_may_do_what(paper: Server, described: dict[str, Any]) -> None:
    app = create_app(paper.settings, encoder=None)
    policies = {
        (getattr(route, "path_format", ""), method.lower()): policy_of(route)
        for route in app.routes
        for method in getattr(route, "methods", None) or ()
    }
    for path, method, operation in operations(described):
        policy = policies[path, method]
        assert policy.scope in ("read", "write", "moderate", "admin"), path
        assert {"token": [policy.scope]} in operation["security"], path
        assert ({} in operation["security"]) == (policy.who == "anyone"), path


def test_links_lead_to_operations_that_are_there(described: dict[str, Any]) -> None:
    names = {operation["operationId"] for _, _, operation in operations(described)}
    links = [
        link["operationId"]
        for _, _, operation in operations(described)
        for response in operation["responses"].values()
        for link in response.get("links", {}).values()
    ]
    assert links
    assert set(links) <= names


def test_the_page_and_its_markdown_name_every_operation(
    paper: Server, described: dict[str, Any]
) -> None:
    page, markdown = paper.get("/api"), paper.get("/api.md")
    assert page.headers["content-type"].startswith("text/html")
    assert markdown.headers["content-type"].startswith("text/markdown")
    for path, method, _ in operations(described):
        assert f"<code>{method.upper()} {path}</code>" in page.text
        assert f"### {method.upper()} {path}\n" in markdown.text
