"""Who may do what: every route that the application has, asked as everyone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from starlette.routing import BaseRoute, Route

from broadsheet.catalog import Catalog
from broadsheet.readers import Readers, ReadersError
from broadsheet.settings import Settings
from broadsheet.web import create_app
from broadsheet.web.policy import RANKS, Policy, enclose, policy_of
from tests.web.community import ROLES, Things, enter, make_community
from tests.web.serving import Person, Reply, Server


@pytest.fixture(scope="module")
def community(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, dict[str, Things]]:
    return make_community(tmp_path_factory.mktemp("community"))


@pytest.fixture(scope="module")
def lab(community: tuple[Settings, dict[str, Things]]) -> Iterator[Server]:
    with Server(community[0]) as server:
        yield server


@pytest.fixture(scope="module")
def people(lab: Server) -> dict[str, Person]:
    """Everyone, logged in; "" is somebody unknown."""
    return {"": Person(lab)} | {name: enter(lab, name) for name in ROLES}


def routes_of(settings: Settings) -> list[tuple[str, str, Policy]]:
    """(method, path with parameters, policy) of all that the application answers to."""
    app = create_app(settings, encoder=None)
    found = []
    for route in app.routes:
        assert isinstance(route, Route), f"{route} is served without a policy"
        methods = sorted((route.methods or set()) - {"HEAD"})
        found += [(method, route.path, policy_of(route)) for method in methods]
    return found


def filled(path: str, things: Things) -> str:
    """A path with its parameters filled in with what a reader has."""
    owned = {
        "/searches/{number:int}": things.search,
        "/account/tokens/{number:int}": things.token,
        "/lists/{number:int}": things.list,
        "/api/v1/lists/{number": things.list,
        "/api/v1/searches/{number": things.search,
        "/lists/{name}": things.list,
        "/admin/readers/{number:int}": things.reader,
    }
    number = next((n for start, n in owned.items() if path.startswith(start)), 1)
    path = re.sub(r"\{(number|name)(:\w+)?\}", str(number), path)
    path = re.sub(r"\{(key)(:\w+)?\}", "2026-08-20", path)
    return re.sub(r"\{\w+(:\w+)?\}", "2608.90002", path)


def ask(person: Person, method: str, path: str, token: str = "") -> Reply:
    """A request as its sender would make it; forms are empty but for their token."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if method == "GET":
        return person.get(path, headers)
    if path.startswith("/api/"):
        headers |= {"Content-Type": "application/json"}
        if not token:
            headers |= {"X-CSRF-Token": csrf_of(person)}
        body = b"{}"
        return person.server.get(path, person._cookie() | headers, method, body)
    return person.post(path, {}, token=csrf_of(person))


def csrf_of(person: Person) -> str:
    """The token of a person's forms, read once."""
    if not hasattr(person, "_csrf"):
        person._csrf = person.csrf("/" if person.cookies else "/login")  # type: ignore[attr-defined]
    return str(person._csrf)  # type: ignore[attr-defined]


def refused(reply: Reply) -> bool:
    return reply.status in (401, 403) or reply.headers.get("location", "").startswith("/login?")


NOTHING = Things(999_999, 999_999, 999_999, 999_999, {})

# These end the session or the account that asks, or the mode of the home that all share.
ENDING = {"/logout", "/admin/single", "/account/delete"}


def test_every_route_is_for_those_it_says_and_for_nobody_else(
    lab: Server, people: dict[str, Person], community: tuple[Settings, dict[str, Things]]
) -> None:
    wrong = []
    for method, path, policy in routes_of(community[0]):
        if path in ENDING:
            continue
        for name in ("", "cem", "bob", "ada"):
            person = people[name]
            rank = RANKS[ROLES[name]] if name else 0
            # What changes something is asked for where nothing is: the policy comes first.
            things = community[1][name or "cem"] if method == "GET" else NOTHING
            reply = ask(person, method, filled(path, things))
            allowed = rank >= RANKS[policy.who]
            if reply.status >= 500 and reply.status != 503:
                wrong.append(f"{method} {path} as {name}: {reply.status}")
            if not allowed and not refused(reply):
                wrong.append(f"{method} {path} lets {name or 'anyone'} in: {reply.status}")
            if allowed and name and reply.status == 401:
                wrong.append(f"{method} {path} shuts {name} out")
    assert wrong == []


def test_those_that_end_something_refuse_strangers_too(
    lab: Server, people: dict[str, Person], community: tuple[Settings, dict[str, Things]]
) -> None:
    for path in sorted(ENDING):
        assert refused(ask(people[""], "POST", path))
    assert refused(ask(people["bob"], "POST", "/admin/single"))


def test_a_token_opens_the_api_only_and_of_it_what_its_scope_says(
    lab: Server, community: tuple[Settings, dict[str, Things]]
) -> None:
    wrong = []
    nobody = Person(lab)
    secrets = community[1]["cem"].secrets
    scopes = {scope: {scope} for scope in secrets} | {"write": {"read", "write"}}
    for method, path, policy in routes_of(community[0]):
        if path in ENDING or policy.who == "anyone":
            continue
        for scope, secret in secrets.items():
            if path.startswith("/api/"):
                reply = ask(nobody, method, filled(path, NOTHING), secret)
                may = policy.scope in scopes[scope] and RANKS["reader"] >= RANKS[policy.who]
                if may == refused(reply):
                    wrong.append(f"{method} {path} with scope {scope}: {reply.status}")
            elif method == "GET" and not refused(
                nobody.get(filled(path, community[1]["cem"]), {"Authorization": f"Bearer {secret}"})
            ):
                wrong.append(f"{method} {path} is opened by a token")
    assert wrong == []
    assert nobody.get("/api/v1/acts", {"Authorization": "Bearer bst_forged"}).status == 401


def test_nothing_changes_without_the_token_of_our_own_forms(
    lab: Server, people: dict[str, Person], community: tuple[Settings, dict[str, Things]]
) -> None:
    operator = people["ada"]
    good = csrf_of(operator)
    for method, path, policy in routes_of(community[0]):
        if method == "GET" or policy.signed or policy.asks:
            continue
        at = filled(path, community[1]["ada"])
        for token, headers in (
            ("", {}),
            ("0" * 40, {}),
            (csrf_of(people["cem"]), {}),
            (good, {"Origin": "https://elsewhere.example"}),
            (good, {"Origin": "null"}),
            (good, {"Sec-Fetch-Site": "cross-site"}),
            (good, {"Sec-Fetch-Site": "same-site"}),
        ):
            if path.startswith("/api/"):
                sent = operator._cookie() | {
                    "Content-Type": "application/json",
                    "Origin": f"http://127.0.0.1:{lab.port}",
                    "X-CSRF-Token": token,
                    **headers,
                }
                reply = lab.get(at, sent, method, b"{}")
            else:
                reply = operator.post(at, {}, headers, token=token)
            assert reply.status == 403, f"{method} {path} {token[:4]} {headers}: {reply.status}"


def test_nobody_reaches_what_another_has(
    lab: Server, people: dict[str, Person], community: tuple[Settings, dict[str, Things]]
) -> None:
    theirs = community[1]["cem"]
    owned = ("/lists/", "/searches/", "/account/tokens/", "/api/v1/lists/", "/api/v1/searches/")
    for method, path, _ in routes_of(community[0]):
        if not path.startswith(owned) or "{" not in path:
            continue
        for name in ("", "dia", "bob", "ada"):
            reply = ask(people[name], method, filled(path, theirs))
            gone = reply.status in (400, 401, 403, 404, 422)
            assert gone or refused(reply), f"{method} {path} {name}"
            assert "for my eyes" not in reply.text
    page = people["cem"].get(f"/lists/{theirs.list}")
    assert "for my eyes" in page.text
    assert "cem thinks so" in page.text
    assert "cem’s search" in people["cem"].get("/searches").text


def test_accounts_are_not_there_until_they_are_turned_on(paper: Server) -> None:
    person = Person(paper)
    person._csrf = person.csrf()  # type: ignore[attr-defined]
    for method, path, policy in routes_of(paper.settings):
        if policy.accounts:
            assert ask(person, method, filled(path, NOTHING)).status == 404, path


def test_a_route_without_a_policy_is_not_served(tmp_path: Path) -> None:
    async def handler(request: object) -> None: ...

    routes: list[BaseRoute] = [Route("/backdoor", handler)]
    with pytest.raises(LookupError, match="/backdoor has no policy"):
        enclose(routes, None)  # type: ignore[arg-type]


HOSTILE = (
    "",
    "\0\r\nSet-Cookie: a=b",
    "<script>alert(1)</script>{{7*7}}",
    "\u202e\ud800",
    "-99999999999999999999",
    "9" * 18,
    "' OR 1=1 --" * 2000,
)
FIELDS = [
    "act",
    "name",
    "email",
    "password",
    "new",
    "again",
    "role",
    "registration",
    "audience",
    "quiet_days",
    "do",
    "work",
    "note",
    "tags",
    "public",
    "sure",
    "back",
    "to",
    "next",
    "code",
    "kind",
    "value",
    "q",
    "follow",
    "timezone",
    "minutes",
    "digest",
    "digest_hour",
    "display",
    "session",
    "scope",
    "expires",
    "body",
    "parent",
    "why",
    "url",
    "author",
    "address",
    "day",
    "what",
    "answer",
    "organisation",
    "reader",
    "about",
    "paper",
    "weight",
    "interest",
    "sentence",
    "wanted",
]


def test_no_form_breaks_the_server(
    lab: Server, people: dict[str, Person], community: tuple[Settings, dict[str, Things]]
) -> None:
    operator = people["ada"]
    token = csrf_of(operator)
    broken = []
    for method, path, _ in routes_of(community[0]):
        if method == "GET" or path in ENDING or path == "/admin/accounts":
            continue
        at = filled(path, NOTHING)
        for text in HOSTILE:
            if path.startswith("/api/"):
                body = json.dumps(dict.fromkeys(FIELDS, text)).encode()
                headers = {"Content-Type": "application/json", "X-CSRF-Token": token}
                reply = lab.get(at, operator._cookie() | headers, method, body)
            else:
                safe = text.encode("utf-8", "replace").decode()
                reply = operator.post(at, dict.fromkeys(FIELDS, safe), token=token)
            if reply.status >= 500:
                broken.append(f"{method} {path} with {text[:12]!r}: {reply.status}")
            assert not any("a=b" in cookie for cookie in reply.cookies)
    assert broken == []
    for body in (b"", b"{", b"[]", b"null", b'{"kind": {}}', b"\xff"):
        sent = operator._cookie() | {"Content-Type": "application/json", "X-CSRF-Token": token}
        reply = lab.get("/api/v1/acts", sent, "POST", body)
        assert reply.status in (400, 422)
        assert reply.headers["content-type"] == "application/problem+json"


def test_a_reader_has_a_bounded_number_of_lists(
    community: tuple[Settings, dict[str, Things]], people: dict[str, Person]
) -> None:
    bob = people["bob"]
    with closing(Catalog.open(community[0])) as catalog:
        readers = Readers(catalog)
        me = community[1]["bob"].reader
        with pytest.raises(ReadersError, match="lists"):
            for number in range(1000):
                readers.lists.make(me, f"List {number}")
    reply = bob.post("/lists", {"name": "One more"}, page="/lists")
    assert reply.status == 400
    assert "Not done" in reply.text
    page = bob.get("/lists")
    assert page.status == 200
    assert len(page.body) < 200_000
