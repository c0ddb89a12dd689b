"""Zotero libraries: one's own papers, from zotero.org or from the program on this machine.

A set is a library: ``users/12345``, ``groups/678``, or ``local`` (the program's own API at
127.0.0.1:23119, which must be allowed there, and here as a private address). ``zotero.key`` is
an API key, ``zotero.include`` and ``zotero.ignore`` choose collections by patterns over their
paths, apart by ``;``: ``2026/survey/**; reading-group/*``.

https://www.zotero.org/support/dev/web_api/v3/basics and syncing: versions first, then the items
that changed by their keys, so that nothing moves between pages; what is deleted by its own list.
What was seen last is in the cursor that the last page leaves: handed back, it asks only for what
has changed since.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import parse_qs, urlsplit

from broadsheet.citations import Name
from broadsheet.papers import parse_identifier
from broadsheet.sources.answers import (
    Fields,
    arrival,
    at,
    from_cursor,
    json_of,
    listed,
    number,
    text,
    to_cursor,
    unusable,
)
from broadsheet.sources.arrival import Arrived, Rejected
from broadsheet.sources.fetching import Answer, Client, FetchError, Page, RemoteSettings, Want
from broadsheet.sources.whole import says_withdrawn
from broadsheet.sources.zotero_collections import chosen, paths_of

NAME = "zotero"
ADDRESS = "https://api.zotero.org"
LOCAL_ADDRESS = "http://127.0.0.1:23119/api"
LOCAL = "local"
TYPES = "journalArticle || preprint || conferencePaper || manuscript || report || thesis"

_KEYS = 50  # the most that one request may name
_LIMIT = 100  # the most that one page may have
_MOST_PAGES = 1_000
_LIBRARY = re.compile(r"(?:users|groups)/\d{1,12}", re.ASCII)
_KEY = re.compile(r"[23456789A-Z]{8}", re.ASCII)
_ARXIV = re.compile(r"\barxiv:\s*(\S+)", re.IGNORECASE)
_EXTRA_DOI = re.compile(r"^\s*DOI:\s*(10\.\S+)", re.IGNORECASE | re.MULTILINE)
_VENUES = ("publicationTitle", "proceedingsTitle", "conferenceName", "bookTitle")
# What citations call the types; a preprint and a manuscript have no name there.
_ENTRIES = {
    "journalArticle": "article-journal",
    "conferencePaper": "paper-conference",
    "thesis": "thesis",
    "report": "report",
}
_CARRIED = ("volume", "issue", "pages", "language", "rights", "itemType", "dateAdded")


@dataclass(frozen=True, slots=True)
class Access:
    """How a library is asked: its address, and what goes with each request."""

    base: str
    headers: dict[str, str]


def access(settings: RemoteSettings, library: str) -> Access:
    """How to ask a library; `FetchError` for a name that is none."""
    headers = {"zotero-api-version": "3"}
    if library == LOCAL:
        return Access(f"{settings.address('zotero-local', LOCAL_ADDRESS)}/users/0", headers)
    if not _LIBRARY.fullmatch(library):
        raise FetchError(
            f"{NAME}: {library!r} is no library; give users/NUMBER (the number stands at "
            "zotero.org/settings/keys), groups/NUMBER or local",
            transient=False,
        )
    key = settings.option(f"{NAME}.key")
    if key:
        headers["zotero-api-key"] = key
    return Access(f"{settings.address(NAME, ADDRESS)}/{library}", headers)


def item_record(item: Fields, library: str, paths: Sequence[str]) -> dict[str, object]:
    """An item of a library as a record; ``paths`` are those of its collections."""
    data = at(item, "data")
    extra = text(data, "extra")
    record: dict[str, object] = {
        "id": f"{library}/items/{text(item, 'key') or text(data, 'key')}",
        "title": text(data, "title"),
        "abstract": text(data, "abstractNote"),
        "authors": [name for one in listed(data, "creators") if (name := _creator(one))],
        "published": text(item, "meta", "parsedDate") or text(data, "date"),
        "doi": _doi(data, extra),
        "arxiv_id": _arxiv(data, extra),
        "venue": next((said for name in _VENUES if (said := text(data, name))), ""),
        "keywords": [said for tag in listed(data, "tags") if (said := text(tag, "tag"))],
        "collections": sorted(paths),
    }
    address = text(data, "url")
    if address.lower().startswith(("http://", "https://")):
        record["url"] = address
    record |= {name: text(data, name) for name in _CARRIED}
    cited = {
        "entry_type": _ENTRIES.get(text(data, "itemType"), ""),
        "school": text(data, "university"),
        "institution": text(data, "institution"),
        "type": text(data, "thesisType"),
        "withdrawn": says_withdrawn(extra),
    }
    record |= {name: value for name, value in cited.items() if value}
    return record


class Zotero:
    """Libraries, 50 items a page; see the module."""

    name = NAME
    description = "Zotero: the papers of one's own library, by collection"

    def __init__(self, settings: RemoteSettings | None = None) -> None:
        self._settings = settings or RemoteSettings()
        self.host = self._settings.address(NAME, ADDRESS).partition("://")[2]
        named = self._settings.option(f"{NAME}.library").split(",")
        self.default_sets: tuple[str, ...] = tuple(name.strip() for name in named if name.strip())
        self._include = _patterns(self._settings.option(f"{NAME}.include"))
        self._ignore = _patterns(self._settings.option(f"{NAME}.ignore"))

    def pages(self, client: Client, want: Want, cursor: str) -> Iterator[Page]:
        """What changed in each library since the cursor was left; the days wanted do not matter.

        The last page leaves a cursor too: the libraries' versions.
        """
        libraries = tuple(dict.fromkeys(want.sets or self.default_sets))
        if not libraries:
            raise FetchError(
                f"{NAME}: name a library (users/NUMBER, groups/NUMBER or local), or set "
                f"{NAME}.library",
                transient=False,
            )
        state = from_cursor(cursor)
        known = at(state, "known")
        seen: dict[str, object] = dict(known) if isinstance(known, dict) else {}
        current = state.get("library")
        begun = libraries.index(str(current)) if current in libraries else 0
        for place, library in enumerate(libraries[begun:], begun):
            ahead = state if place == begun and current == library else {}
            yield from self._library(_Talk(client, access(self._settings, library)), library,
                                     seen, ahead)  # fmt: skip

    def _library(
        self, talk: _Talk, library: str, seen: dict[str, object], ahead: Fields
    ) -> Iterator[Page]:
        rule = self._rule()
        mark = seen.get(library)
        usable = text(mark, "rule") == rule
        since = number(mark, "version") or 0 if usable else 0
        paths = paths_of(talk.collections())
        found, target, server = talk.versions(since)
        if since and server != text(mark, "server"):
            since = 0  # another database of the local program: its versions mean nothing here
            found, target, server = talk.versions(since)
        gone = talk.deleted(since) if since and library != LOCAL else []
        # Going on: what was given has a key before this one, and if it changed again meanwhile,
        # a version after the first target, which the next sync asks from.
        after = text(ahead, "after")
        first_target = number(ahead, "target") if after else None
        target = min(target, first_target) if first_target is not None else target
        keys = [key for key in sorted(found) if key > after]
        done = {"version": target, "rule": rule, "server": server}
        for start in range(0, max(len(keys), 1), _KEYS):
            part = keys[start : start + _KEYS]
            items = talk.items(part) if part else []
            last = start + _KEYS >= len(keys)
            if last:
                seen[library] = done
                cursor = to_cursor(known=seen)
            else:
                cursor = to_cursor(known=seen, library=library, after=part[-1], target=target)
            dropped = [f"{library}/items/{key}" for key in gone] if last else []
            yield self._page(items, library, paths, cursor, dropped, changes=since > 0)

    def _page(
        self,
        items: list[object],
        library: str,
        paths: dict[str, str],
        cursor: str,
        gone: list[str],
        *,
        changes: bool,
    ) -> Page:
        arrived: list[Arrived | Rejected] = []
        for place, item in enumerate(items, 1):
            data = at(item, "data")
            where = [paths[key] for key in listed(data, "collections") if key in paths]
            out = bool(at(data, "deleted")) or not chosen(where, self._include, self._ignore)
            if not out:
                arrived.append(
                    arrival(lambda raw, w=where: item_record(raw, library, w), item, place, NAME)  # type: ignore[misc]
                )
            elif changes and text(item, "key"):
                gone.append(f"{library}/items/{text(item, 'key')}")
        return Page(tuple(arrived), (), (), cursor, tuple(gone))

    def _rule(self) -> str:
        """Names the choice of collections: another choice looks at everything again."""
        said = "\n".join((*self._include, "", *self._ignore))
        return blake2b(said.encode(), digest_size=8).hexdigest()


class _Talk:
    """Requests to one library, as far apart as the server asks."""

    def __init__(self, client: Client, way: Access) -> None:
        self._client, self._way = client, way
        self._pause: float | None = None

    def collections(self) -> list[object]:
        """All collections."""
        return everything(self._client, self._way, "collections")

    def versions(self, since: int) -> tuple[dict[str, int], int, str]:
        """(versions of papers changed since by key, the library's version, whose they are)."""
        params = {"since": str(since), "format": "versions", "itemType": TYPES}
        answer = self._get("items/top", {**params, "includeTrashed": "1"})
        data = json_of(answer)
        version = number(dict(answer.headers), "last-modified-version")
        if not isinstance(data, dict) or version is None:
            raise unusable(answer, "versions and Last-Modified-Version")
        found = {
            key: value for key, value in data.items() if _KEY.fullmatch(key) and type(value) is int
        }
        return found, version, answer.headers.get("zotero-server-id", "")

    def items(self, keys: list[str]) -> list[object]:
        """The items of these keys; those gone meanwhile are missing."""
        params = {"itemKey": ",".join(keys), "format": "json", "limit": str(_KEYS)}
        answer = self._get("items", {**params, "includeTrashed": "1"})
        data = json_of(answer)
        if not isinstance(data, list):
            raise unusable(answer, "a list of items")
        return data

    def deleted(self, since: int) -> list[str]:
        """The keys of items deleted since a version."""
        data = json_of(self._get("deleted", {"since": str(since)}))
        return [
            key for key in listed(data, "items") if isinstance(key, str) and _KEY.fullmatch(key)
        ]

    def _get(self, what: str, params: dict[str, str]) -> Answer:
        answer = self._client.get(
            f"{self._way.base}/{what}",
            params,
            self._way.headers,
            interval=self._pause,
            accept="application/json",
        )
        self._pause = pause_of(answer)
        return answer


def everything(client: Client, way: Access, what: str) -> list[object]:
    """All objects of a list, page after page as its Link header says."""
    found: list[object] = []
    start = 0
    pause: float | None = None
    for _ in range(_MOST_PAGES):
        params = {"limit": str(_LIMIT), "start": str(start)}
        answer = client.get(
            f"{way.base}/{what}", params, way.headers, interval=pause, accept="application/json"
        )
        data = json_of(answer)
        if not isinstance(data, list):
            raise unusable(answer, f"a list of {what}")
        found += data
        following = next_start(answer)
        if following <= start:
            break
        start, pause = following, pause_of(answer)
    return found


def pause_of(answer: Answer) -> float | None:
    """Seconds that a server under load asks to be left alone for (``Backoff``); None for none."""
    asked = number(dict(answer.headers), "backoff")
    return float(min(asked, 300)) if asked else None


def next_start(answer: Answer) -> int:
    """Where the next page of a list starts as its Link header says; 0 for none."""
    for part in answer.headers.get("link", "").split(","):
        address, _, said = part.partition(";")
        if 'rel="next"' in said.replace(" ", ""):
            query = parse_qs(urlsplit(address.strip(" <>")).query)
            start = next(iter(query.get("start", [])), "")
            return int(start[:9]) if start.isascii() and start.isdigit() else 0
    return 0


def _patterns(said: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r"[;\n]", said) if part.strip())


def _creator(creator: object) -> str:
    if text(creator, "creatorType") not in ("author", ""):
        return ""
    return Name(
        text(creator, "lastName"), text(creator, "firstName"), literal=text(creator, "name")
    ).printed


def _doi(data: object, extra: str) -> str:
    match = _EXTRA_DOI.search(extra)
    said = text(data, "DOI") or (match[1] if match else "")
    found, _ = parse_identifier(said)
    return said if found.scheme in ("doi", "arxiv") else ""


def _arxiv(data: object, extra: str) -> str:
    """An arXiv id from wherever an item has it: archive id, address, ``extra``."""
    tried = [text(data, "archiveID"), text(data, "url"), text(data, "reportNumber")]
    match = _ARXIV.search(extra)
    tried += [match[1]] if match else []
    for said in tried:
        found, version = parse_identifier(said.split(" ")[0] if said else "")
        if found.scheme == "arxiv":
            return f"{found.value}{version}"
    return ""
