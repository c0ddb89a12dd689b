"""Errors as the clients of other protocols read them: never a page."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from starlette.requests import Request

from broadsheet.web.compat import arxiv_api, oai
from broadsheet.web.reply import JSON, Body
from broadsheet.web.visitors import is_foreign, own_path

# huggingface_hub takes any other 401 on some paths for a missing repository.
_BAD_TOKEN = "Invalid credentials in Authorization header"  # noqa: S105  # a message, no secret


def foreign_error(
    request: Request, status: int, detail: str, headers: Mapping[str, str]
) -> Body | None:
    """An error in the form of the protocol that was asked in; None where none was."""
    if not is_foreign(request):
        return None
    if own_path(request) == oai.PATH:
        return oai.oai_error(status, detail)
    if own_path(request) == arxiv_api.PATH:
        return arxiv_api.api_error(status, detail)
    detail = _plain(detail)
    if own_path(request).startswith("/api/"):
        return _hugging_face(request, status, detail, headers)
    return _semantic_scholar(status, detail)


def _hugging_face(request: Request, status: int, detail: str, headers: Mapping[str, str]) -> Body:
    body = Body(orjson.dumps({"error": detail}), JSON, status)
    told = _BAD_TOKEN if status == 401 and "authorization" in request.headers else detail
    # Said twice: the client shows it once where both are the same.
    body.headers["X-Error-Message"] = told
    wait = headers.get("Retry-After", "")
    if status == 429 and wait.isascii() and wait.isdigit():
        # draft-ietf-httpapi-ratelimit-headers-09; what is bounded here is writing.
        body.headers["RateLimit"] = f'"api";r=0;t={wait}'
        body.headers["RateLimit-Policy"] = '"fixed window";"api";q=400;w=80'
    return body


def _semantic_scholar(status: int, detail: str) -> Body:
    # The client reads "error" at 400 and 404 and "message" at 500 and 504. It knows 403 for a
    # key that is missing or wrong, and takes 401 for an empty answer.
    content = {"error": detail, "message": detail}
    if status == 404:
        del content["message"]
    return Body(orjson.dumps(content), JSON, 403 if status == 401 else status)


def _plain(text: str) -> str:
    """The text as a header can hold it: one line of ASCII."""
    line = text.translate({0x201C: '"', 0x201D: '"', 0x2019: "'", 0x2018: "'"})
    return "".join(letter if " " <= letter <= "~" else "?" for letter in line)[:500]
