"""What a source on the network is: pages of papers and of announcements, to go on from anywhere.

A remote knows nothing of where its papers are kept. Whoever keeps them stores each `Page`
whole, its cursor in the same transaction, and hands the last stored cursor back to go on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from broadsheet.sources.arrival import Arrived, Rejected

if TYPE_CHECKING:
    from broadsheet.sources.fetching.client import Client

AnnounceKind = Literal["new", "cross", "replace", "replace-cross", "deleted", "listed"]
_SUM = 1 << 128


@dataclass(frozen=True, slots=True)
class Announced:
    """One line of a source's own listing.

    ``day`` is the ISO day the listing bears, ``id`` is written as a paper's ``id``. The kind
    ``listed`` says that the source lists it for that day without saying why.
    """

    set: str
    day: str
    id: str
    kind: AnnounceKind


@dataclass(frozen=True, slots=True)
class Listing:
    """What a source says of one batch: the day it claims and the moment it was built.

    ``fingerprint`` is a hash of its ids (`fingerprint`): a stale batch has an old one under a
    new day. ``total`` is the count the source states, or that it listed; None when unknown.
    """

    set: str
    day: str
    built: str
    fingerprint: str
    total: int | None


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a sync that is stored whole or not at all.

    ``cursor`` is opaque; going on from that of the last stored page loses and doubles
    nothing. It is '' when what was wanted has all been given. ``deleted`` names papers the
    source no longer has, by ``id``.
    """

    items: tuple[Arrived | Rejected, ...]
    announced: tuple[Announced, ...] = ()
    listings: tuple[Listing, ...] = ()
    cursor: str = ""
    deleted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Want:
    """What is asked of a source: its sets (none: its default ones) and ISO days, both included.

    A source that is asked from a day on may begin a little earlier, where its own clock could
    have let something slip.
    """

    sets: tuple[str, ...] = ()
    since: str = ""
    until: str = ""


# What an operator may say besides the address of a source.
OPTIONS = frozenset(
    {
        *("openalex.key", "openalex.mailto", "openalex.sets", "openreview.venues"),
        *("daily-papers.token", "feed.addresses", "zotero.key", "zotero.library"),
        *("zotero.include", "zotero.ignore"),
    }
)
# Addresses of services that belong to a source and have a name of their own.
FURTHER_ADDRESSES = frozenset({"zotero-local", "openreview-1"})


@dataclass(frozen=True, slots=True)
class RemoteSettings:
    """What an operator may say to sources, each under the source's name.

    ``addresses`` replaces base addresses (a mirror, a local server); ``options`` holds what a
    source needs beside, as ``NAME.OPTION``: a key, a list of feeds.
    """

    addresses: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict, repr=False)

    def address(self, name: str, default: str) -> str:
        """The base address of a source, without a slash at the end."""
        return (self.addresses.get(name) or default).rstrip("/")

    def option(self, name: str, default: str = "") -> str:
        """An option, one of `OPTIONS`, e.g. ``zotero.key``; `LookupError` for any other."""
        if name not in OPTIONS:
            raise LookupError(f"{name} is not among the options that an operator can set")
        return self.options.get(name) or default


@runtime_checkable
class Remote(Protocol):
    """A source of papers on the network.

    ``name`` is what ``sync NAME`` takes, ``host`` the host that is asked, ``description`` one
    line for lists.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def description(self) -> str: ...  # noqa: D102
    @property
    def host(self) -> str: ...  # noqa: D102
    @property
    def default_sets(self) -> tuple[str, ...]: ...  # noqa: D102

    def pages(self, client: Client, want: Want, cursor: str) -> Iterator[Page]:
        """The pages from a cursor on ('' begins); `FetchError` when the source cannot go on.

        Everything before the error has been given, with cursors that stay good.
        """
        ...


def fingerprint(ids: Iterable[str]) -> str:
    """A hash of a set of ids, 32 hex digits: order and repetition do not matter."""
    return f"{sum(id_hash(one) for one in set(ids)) % _SUM:032x}"


def id_hash(one: str) -> int:
    """The 128-bit hash of an id; sums of these, modulo 2**128, are fingerprints."""
    return int.from_bytes(blake2b(one.encode("utf-8", "replace"), digest_size=16).digest())
