"""What the room hands out. Times are UTC, ``2026-01-31T07:00:00Z``; days are ``2026-01-31``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

LOCAL = 1
"""The one reader of a fresh home; it always exists."""

Role = Literal["local", "reader", "curator", "operator"]
Digest = Literal["off", "daily", "weekly"]
Mode = Literal["single", "accounts"]
Registration = Literal["closed", "invitation", "open"]
Audience = Literal["anyone", "readers"]
ROLES: tuple[Role, ...] = ("reader", "curator", "operator")

Kind = Literal["upvote", "save", "read", "hide", "not_interested", "open", "rate_up", "rate_down"]
KINDS: tuple[Kind, ...] = (
    "upvote", "save", "read", "hide", "not_interested", "open", "rate_up", "rate_down",
)  # fmt: skip
JUDGING: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind != "open")
"""What says that a reader is done with a paper: all but having opened its page."""
REASONS = ("topic", "author", "seen", "basic")
"""Why a paper is of no interest: its topic, an author, known already, too basic."""

SCOPES = ("read", "write", "feeds", "moderate", "admin")
"""What a personal token may do: read what is its reader's, act for them, fetch their feeds;
decide what curators and operators decide, and run the accounts as an operator does."""

# Why something is saved that came with others out of a library: it says what a reader likes, and
# not what they turn to now.
LIBRARY = "library"
FOLLOWED = ("author", "category", "term", "search", "organisation")


@dataclass(frozen=True, slots=True)
class Reader:
    """Someone who reads here, with their settings; ``minutes`` is the attention of a day."""

    id: int
    name: str
    display: str
    email: str
    email_confirmed: bool
    role: Role
    public_votes: bool
    timezone: str
    minutes: int
    digest: Digest
    digest_hour: int
    created_at: str
    disabled: bool
    has_password: bool = False

    @property
    def is_operator(self) -> bool:
        """Whether they run this home: the local reader does."""
        return self.role in ("local", "operator")

    @property
    def is_curator(self) -> bool:
        """Whether they may pick for the edition and moderate."""
        return self.role in ("local", "operator", "curator")


@dataclass(frozen=True, slots=True)
class Session:
    """A log-in that holds; ``agent`` and ``address`` are those it was begun with."""

    id: int
    reader_id: int
    agent: str
    address: str
    created_at: str
    seen_at: str


@dataclass(frozen=True, slots=True)
class Token:
    """A personal token; its secret was shown once. ``expires_at`` '' is never."""

    id: int
    reader_id: int
    name: str
    scopes: tuple[str, ...]
    created_at: str
    expires_at: str
    used_at: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that nobody has used yet."""

    id: int
    reader_id: int
    role: Role
    email: str
    created_at: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class Act:
    """Something a reader did to a work; ``undone_at`` is '' while it holds.

    ``work_id`` is the work as merges stand now.
    """

    id: int
    reader_id: int
    work_id: int
    kind: Kind
    reason: str
    at: str
    undone_at: str


@dataclass(frozen=True, slots=True)
class List:
    """A list of works; ``secret`` opens its feed without a log-in."""

    id: int
    reader_id: int
    name: str
    slug: str
    public: bool
    note: str
    secret: str
    created_at: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A work in a list."""

    work_id: int
    note: str
    tags: tuple[str, ...]
    added_at: str


@dataclass(frozen=True, slots=True)
class Follow:
    """What a reader follows: one of `FOLLOWED`; the value of a search is its number."""

    id: int
    reader_id: int
    kind: str
    value: str
    at: str


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search kept under a name; ``secret`` opens its feed without a log-in."""

    id: int
    reader_id: int
    name: str
    query: str
    secret: str
    created_at: str


def json_of(value: Any) -> Any:
    """A value of this room as plain JSON data."""
    if hasattr(value, "__dataclass_fields__"):
        return {name: json_of(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, tuple | list):
        return [json_of(item) for item in value]
    return value
