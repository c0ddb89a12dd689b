"""The description of the API: OpenAPI 3.1, made from the routes and their policies."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

import orjson
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from broadsheet.settings import Settings
from broadsheet.web import csrf
from broadsheet.web.cookies import SESSION
from broadsheet.web.policy import Policy, policy_of

_TAGS = {
    "Search": "Papers by meaning and by word.",
    "Papers": "Records, versions, and what was read from them.",
    "Editions": "What is printed for all: editions, trending, the ledger, the state.",
    "Terms": "Key terms of papers, their months and their company.",
    "For you": "The list of the day, and the interests behind it.",
    "Acts": "What a reader does with papers.",
    "Lists": "Papers kept, with notes and tags.",
    "You": "Settings, follows, saved searches, the digest, all data.",
    "On papers": "Comments, links and claims; there where accounts are on.",
    "Together": "Submissions, picks and organisations.",
    "Moderation": "For curators and operators.",
    "Accounts": "For operators.",
}
_ABOUT = """\
Everything the pages do, for programs.

**Who asks.** A personal token, made on the account page, is sent as `Authorization: Bearer bst_…`.
Its scopes say what it opens: `read`, `write` (act for its reader), `feeds` (feeds alone; feed
readers send it as their password), `moderate` (a curator’s or operator’s decisions), `admin` (an
operator’s accounts). A home of one reader asks for none on its own machine. Pages of the same
origin may use their session; what changes something then needs the token of our forms in
`X-CSRF-Token`.

**Pages.** A list that goes on has `next`, the address of the next page, also in the header `Link`.
Its `cursor` is opaque: what arrives meanwhile moves nothing.

**Errors** are problem details (RFC 9457), `application/problem+json`; `errors` names the fields
that do not fit.

**How much.** `RateLimit-Policy` and `RateLimit` say how much may be asked where there is a limit;
429 and 503 say in `Retry-After` when to come again.

**Writes sent twice.** A POST with an `Idempotency-Key` is done once: sent again within a day, it
gets the same answer. PUT, PATCH and DELETE may be sent again as they are.

**Caches.** Answers to GET carry an `ETag`; `If-None-Match` is answered with 304.
"""
_PROBLEMS = {
    "400": "A parameter does not read, or what is asked cannot be done.",
    "401": "Log in, or send a token.",
    "403": "The token lacks the scope, or the reader the role.",
    "404": "There is no such thing here, or it is not yours.",
    "409": "The request with this Idempotency-Key is under way.",
    "413": "The body is longer than this address takes.",
    "414": "The address is longer than we read.",
    "415": "The body is not application/json.",
    "421": "The paper is not known under this Host.",
    "422": "The body reads, but does not fit its schema; or its Idempotency-Key stood for another.",
    "429": "More at once than the limit.",
    "503": "The catalog or the index cannot be used just now.",
}
_HEADERS = {
    "ETag": ("Changes whenever the answer does.", {"type": "string"}),
    "Link": ('`<address>; rel="next"`, where there is a next page.', {"type": "string"}),
    "RateLimit": ("What is left: items of a policy (r) and seconds (t).", {"type": "string"}),
    "RateLimit-Policy": ("The limit: requests (q) in seconds (w).", {"type": "string"}),
    "Retry-After": ("Seconds.", {"type": "integer", "minimum": 1}),
}

# What the answer of one operation is good for: operation -> (name, operation, its parameters).
_LINKS = {
    "search": (("paper", {"paper_id": "$response.body#/hits/0/id"}),),
    "terms": (("term", {"key": "$response.body#/frequent/0/key"}),),
    "make_list": (
        ("list", {"number": "$response.body#/id"}),
        ("change_list", {"number": "$response.body#/id"}),
        ("renew_list", {"number": "$response.body#/id"}),
        ("put_paper", {"number": "$response.body#/id"}),
        ("delete_list", {"number": "$response.body#/id"}),
    ),
    "follow": (("unfollow", {"number": "$response.body#/id"}),),
    "keep_search": (
        ("rename_search", {"number": "$response.body#/id"}),
        ("renew_search", {"number": "$response.body#/id"}),
        ("remove_search", {"number": "$response.body#/id"}),
    ),
    "seed": (("remove_seed", {"number": "$response.body#/seeds/0"}),),
    "interests": (
        ("change_interest", {"number": "$response.body#/interests/0/id"}),
        ("split", {"number": "$response.body#/interests/0/id"}),
    ),
    "comment": (
        ("edit_comment", {"number": "$response.body#/id"}),
        ("report_comment", {"number": "$response.body#/id"}),
        ("decide_comment", {"number": "$response.body#/id"}),
        ("delete_comment", {"number": "$response.body#/id"}),
    ),
    "add_link": (("remove_link", {"number": "$response.body#/id"}),),
    "claim": (
        ("mail_claim", {"number": "$response.body#/id"}),
        ("decide_claim", {"number": "$response.body#/id"}),
        ("withdraw_claim", {"number": "$response.body#/id"}),
    ),
    "submit": (("refuse_submission", {"number": "$response.body#/id"}),),
    "make_organisation": (
        ("organisation", {"slug": "$response.body#/slug"}),
        ("edit_organisation", {"slug": "$response.body#/slug"}),
        ("attach_paper", {"slug": "$response.body#/slug"}),
    ),
    "add_reader": (
        ("change_reader", {"number": "$response.body#/id"}),
        ("end_sessions", {"number": "$response.body#/id"}),
    ),
    "invitations": (("withdraw", {"number": "$response.body#/invitations/0/id"}),),
}


def described(routes: Iterable[BaseRoute], settings: Settings) -> bytes:
    """The description as JSON."""
    ours = [r for r in routes if isinstance(r, APIRoute) and r.include_in_schema]
    told = get_openapi(
        title=settings.name,
        version=version("broadsheet"),
        summary="A self-hosted daily paper for research.",
        description=_ABOUT,
        openapi_version="3.1.0",
        routes=ours,
        tags=[{"name": name, "description": text} for name, text in _TAGS.items()],
        servers=[{"url": settings.base_path or "/"}],
    )
    _components(told["components"])
    for route in ours:
        for method in route.methods or ():
            operation = told["paths"][route.path_format][method.lower()]
            _complete(operation, method, policy_of(route))
    return orjson.dumps(told)


def _components(components: dict[str, Any]) -> None:
    schemas = components["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM
    components["headers"] = {
        name: {"description": text, "schema": schema} for name, (text, schema) in _HEADERS.items()
    }
    components["parameters"] = {
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "A word of the sender’s own: the request is done once under it.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        }
    }
    components["responses"] = {f"Problem{code}": _problem(code) for code in _PROBLEMS}
    components["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "A personal token; the scopes it needs stand with each operation.",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": f"broadsheet-{SESSION.name}",
            "description": "The session of a browser, for pages of the same origin.",
        },
        "form": {
            "type": "apiKey",
            "in": "header",
            "name": csrf.HEADER,
            "description": "The token of our forms, beside a session, for what changes something.",
        },
    }


_PROBLEM = {
    "title": "Problem",
    "description": "What is wrong (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "A sentence for the person who asked."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "additionalProperties": False,
                "properties": {
                    "detail": {"type": "string"},
                    "pointer": {"type": "string", "description": "A place in the body, RFC 6901."},
                    "parameter": {"type": "string"},
                    "in": {"type": "string", "enum": ["path", "query", "header", "cookie"]},
                },
            },
        },
    },
    "examples": [
        {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "detail": "There is no paper “1234.56789” here.",
        }
    ],
}


def _problem(code: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": _PROBLEMS[code],
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
    if code in ("429", "503"):
        found["headers"] = _refs("Retry-After")
    return found


def _refs(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _complete(operation: dict[str, Any], method: str, policy: Policy) -> None:
    """Adds who may, what may go wrong, and the headers."""
    operation["x-role"] = policy.who
    operation["x-scope"] = policy.scope
    if policy.accounts:
        operation["x-accounts"] = True
    operation["security"] = _security(method, policy)
    if method == "POST" and policy.who != "anyone":
        operation.setdefault("parameters", []).append(
            {"$ref": "#/components/parameters/IdempotencyKey"}
        )
    responses = operation["responses"]
    good = next(answer for code, answer in responses.items() if code.startswith("2"))
    headers = ["RateLimit", "RateLimit-Policy"]
    if method == "GET":
        headers = ["ETag", "Link", *headers]
        responses["304"] = {"description": "Nothing has changed since the ETag that was sent."}
    good["headers"] = _refs(*headers)
    if links := _LINKS.get(operation["operationId"]):
        good["links"] = {
            target: {"operationId": target, "parameters": taken} for target, taken in links
        }
    codes = {"400", "401", "403", "404", "414", "421", "429", "503"}
    if method != "GET":
        codes |= {"413", "415"}
    if "requestBody" in operation:
        codes |= {"422"}
    if method == "POST":
        codes |= {"409", "422"}
    responses.pop("422", None)
    for code in sorted(codes):
        responses[code] = {"$ref": f"#/components/responses/Problem{code}"}


def _security(method: str, policy: Policy) -> list[dict[str, list[str]]]:
    session: dict[str, list[str]] = {"session": []}
    if method != "GET":
        session["form"] = []
    ways = [{"token": [policy.scope]}, session]
    return [{}, *ways] if policy.who == "anyone" else ways
