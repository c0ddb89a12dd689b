"""Who asks: the local reader, someone with a session, a program with a token, or nobody known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from starlette.exceptions import HTTPException
from starlette.requests import Request

from broadsheet.readers import Mode, Reader
from broadsheet.web.params import tidy
from broadsheet.web.policy import RANKS

SAFE = ("GET", "HEAD")
# Where programs ask: our own API, and those of others whose clients are answered.
API_PATHS = ("/api/", "/graph/", "/recommendations/", "/oai")
# Files that programs fetch from the addresses of pages.
_FILES = re.compile(
    r".*\.md|/(?:papers|lists|editions)/.+\.(?:bib|ris|json|txt)"
    r"|/(?:index|search|trending)\.(?:bib|ris|json|txt)|/unapi",
    re.DOTALL,
)
_FEEDS = re.compile(r"/feeds/.+|/search\.[a-z]+", re.DOTALL)
KEY = "broadsheet.visitor"
# The other end of the connection itself, whatever headers say.
PEER = "broadsheet.peer"


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form of ours, and the files sent with it."""

    fields: Sequence[tuple[str, str]] = ()
    files: Sequence[tuple[str, str, bytes]] = ()

    def text(self, name: str, most: int = 200) -> str:
        """A field on one line without control characters; '' when it is missing."""
        return next((tidy(v)[:most].strip() for k, v in self.fields if k == name), "")

    def prose(self, name: str, most: int, label: str) -> str:
        """A field that may have several lines; 400 when it is longer than ``most`` characters.

        ``label`` is what the page calls it.
        """
        raw = next((v for k, v in self.fields if k == name), "")
        lines = "\n".join(tidy(line) for line in raw.splitlines()).strip()
        if len(lines) > most:
            raise HTTPException(
                400, f"{label}: {len(lines):,} characters; it takes up to {most:,}."
            )
        return lines

    def secret(self, name: str) -> str:
        """A field as it was typed: passwords."""
        return next((v[:1000] for k, v in self.fields if k == name), "")

    def many(self, name: str) -> list[str]:
        """All values of a field."""
        return [tidy(v)[:200].strip() for k, v in self.fields if k == name]

    def number(self, name: str, label: str = "") -> int:
        """A field as a whole number; 400 when it is none.

        ``label`` is what the page calls it, where a person writes it.
        """
        text = self.text(name)
        if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 12):
            what = f"“{text[:40]}” is not a whole number" if text else "write a whole number"
            raise HTTPException(400, f"{label or name}: {what}.")
        return int(text)

    def has(self, name: str) -> bool:
        """Whether a field came, as a ticked box does."""
        return any(key == name for key, _ in self.fields)

    def file(self, name: str) -> tuple[str, bytes] | None:
        """Name and content of an uploaded file; None when none was chosen."""
        found = ((n, data) for key, n, data in self.files if key == name and (n or data))
        return next(found, None)


@dataclass(frozen=True, slots=True)
class Visitor:
    """One request's asker. ``scopes`` is None where no token bounds what may be done; ``seq`` is
    the last change to anything of a reader when they were looked up, None where it was not read."""

    mode: Mode = "single"
    reader: Reader | None = None
    scopes: frozenset[str] | None = None
    session: str = ""
    csrf: str = ""
    form: Form = field(default_factory=Form)
    seq: int | None = None

    @property
    def rank(self) -> int:
        """The rank of the asker's role."""
        if self.reader is None:
            return RANKS["anyone"]
        if self.reader.role == "local":  # runs the home as long as nobody else reads there
            return RANKS["operator" if self.mode == "single" else "anyone"]
        return RANKS[self.reader.role]

    @property
    def id(self) -> int:
        """The reader's number; 401 for nobody."""
        return self.me.id

    @property
    def me(self) -> Reader:
        """The reader; 401 for nobody."""
        if self.reader is None:
            raise HTTPException(401)
        return self.reader

    @property
    def accounts(self) -> bool:
        """Whether accounts are on."""
        return self.mode == "accounts"


def visitor_of(request: Request) -> Visitor:
    """Who asks; an unknown visitor where nobody was looked up."""
    found = request.scope.get(KEY)
    return found if isinstance(found, Visitor) else Visitor()


def own_path(request: Request) -> str:
    """The path that is asked for, without the part that a reverse proxy serves us under."""
    return request.url.path.removeprefix(request.scope.get("root_path", ""))


def is_api(request: Request) -> bool:
    """Whether a program asks."""
    path = own_path(request)
    if path.startswith(API_PATHS) or path in ("/mcp", "/llms.txt"):
        return True
    return request.method in SAFE and bool(_FILES.fullmatch(path))


def is_feed(request: Request) -> bool:
    """Whether a feed is asked for, by a program or by a person who wants to look at it."""
    return request.method in SAFE and bool(_FEEDS.fullmatch(own_path(request)))


def is_foreign(request: Request) -> bool:
    """Whether a program asks in another service's protocol."""
    path = own_path(request)
    return path.startswith(API_PATHS) and not path.startswith("/api/v1/")


def enhanced(request: Request) -> bool:
    """Whether our script asks, which puts the answer into the page that stands."""
    return request.headers.get("x-enhanced") == "1"
