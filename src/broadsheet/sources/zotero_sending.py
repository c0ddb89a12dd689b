"""Papers sent to a Zotero library: items by the web API, 50 a request, into a collection.

https://www.zotero.org/support/dev/web_api/v3/write_requests. Each item comes with a key made
from the paper's identifier and version 0, "must not exist yet": whatever is sent a second time,
after a lost answer or by mistake, is refused for that item alone and counted as there already.
Collections have no such keys of ours; they are made under a Zotero-Write-Token.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import orjson

from broadsheet.citations import parse_name, publication
from broadsheet.formulas import plain
from broadsheet.papers import Paper, identifier_url
from broadsheet.sources.answers import at, json_of, text, unusable
from broadsheet.sources.fetching import Answer, Client, FetchError, RemoteSettings
from broadsheet.sources.zotero import LOCAL, Access, access, everything
from broadsheet.sources.zotero_collections import paths_of

BATCH = 50
"""The most objects that one request may write."""

_ALPHABET = "23456789ABCDEFGHIJKLMNPQRSTUVWXYZ"
_LONGEST_TITLE = 10_000
_EXISTS = 412  # an object of this key has a version above 0
_REPOSITORY = re.compile(
    r"\b(?:ar|bio|med|chem|psy|eco|tech)rxiv\b|\bpreprints?\b|\bzenodo\b|\bssrn\b", re.I
)


@dataclass(slots=True)
class Sent:
    """What became of papers: numbers of those written, of those that were there already, and of
    those refused, each with the server's reason."""

    written: int = 0
    there: int = 0
    refused: list[tuple[Paper, str]] = field(default_factory=list)


def send(
    client: Client,
    settings: RemoteSettings,
    library: str,
    papers: Iterable[Paper],
    collection: str = "",
) -> Sent:
    """Writes papers into a library, and there into a collection (a path; made where missing).

    Needs ``zotero.key`` with the right to write. `FetchError` when the library cannot be
    written at all; what was sent before it stays, and sending all again does no harm.
    """
    if library == LOCAL:
        raise FetchError(
            "zotero: papers are sent to zotero.org, from where the program fetches them; give "
            "users/NUMBER or groups/NUMBER",
            transient=False,
        )
    way = access(settings, library)
    if "zotero-api-key" not in way.headers:
        raise FetchError(
            "zotero: a key with the right to write is needed; make one at "
            "zotero.org/settings/keys and set zotero.key",
            transient=False,
        )
    into = _collection(client, way, collection) if collection.strip("/ ") else ""
    sent = Sent()
    for batch in _batches(papers):
        items = [item_of(paper, into) for paper in batch]
        answer = _write(client, way, "items", items)
        _count(answer, batch, sent)
    return sent


def item_of(paper: Paper, collection: str = "") -> dict[str, object]:
    """A paper as an item: ``conferencePaper`` or ``journalArticle`` where it names a venue of
    that kind and no repository, else ``preprint``."""
    values = {one.scheme: one.value for one in reversed(paper.identifiers)}
    arxiv, doi = values.get("arxiv", ""), values.get("doi", "")
    place = publication(paper)
    venue, meeting = place.venue, place.meeting
    named = bool(doi) or "acl" in values
    article = bool(venue and named) and not _REPOSITORY.search(venue)
    kind = "conferencePaper" if meeting else "journalArticle" if article else "preprint"
    item: dict[str, object] = {
        "key": key_of(paper),
        "version": 0,
        "itemType": kind,
        "title": plain(paper.title[:_LONGEST_TITLE]),
        "abstractNote": paper.abstract,
        "creators": [_creator(author.name) for author in paper.authors],
        "date": paper.published or paper.announced,
        "url": next((url for one in paper.identifiers if (url := identifier_url(one))), ""),
        "DOI": doi or (f"10.48550/arXiv.{arxiv}" if arxiv and kind == "preprint" else ""),
        "extra": "\n".join(_extra(paper, arxiv)),
        "collections": [collection] if collection else [],
        "tags": [{"tag": name} for name in paper.categories],
    }
    if kind == "preprint":
        item["repository"] = "arXiv" if arxiv else venue
        item["archiveID"] = f"arXiv:{arxiv}{paper.version}" if arxiv else ""
    else:
        item["proceedingsTitle" if meeting else "publicationTitle"] = venue
        item |= {"volume": place.volume, "pages": place.pages}
        item |= {} if meeting else {"issue": place.issue}
    return item


def _extra(paper: Paper, arxiv: str) -> Iterator[str]:
    if arxiv:
        yield f"arXiv: {arxiv}{paper.version}"
    if paper.withdrawn:
        yield "Status: withdrawn"


def key_of(paper: Paper) -> str:
    """The eight-letter key of a paper's item, always the same for the same identifier."""
    names = sorted(str(one) for one in paper.identifiers)
    name = next((one for one in names if one.startswith(("arxiv:", "doi:"))), None)
    said = name or next(iter(names), f"{paper.source}:{paper.id}")
    rest = int.from_bytes(blake2b(said.encode("utf-8", "replace"), digest_size=8).digest())
    letters = []
    for _ in range(8):
        rest, place = divmod(rest, len(_ALPHABET))
        letters.append(_ALPHABET[place])
    return "".join(letters)


def _collection(client: Client, way: Access, path: str) -> str:
    """The key of the collection at a path; what is missing of it is made."""
    parts = [part.strip() for part in path.split("/") if part.strip()]
    known = {place: key for key, place in paths_of(everything(client, way, "collections")).items()}
    parent = ""
    for depth in range(1, len(parts) + 1):
        place = "/".join(parts[:depth])
        if place not in known:
            made: dict[str, object] = {"name": parts[depth - 1]}
            made["parentCollection"] = parent or False
            token = {"zotero-write-token": secrets.token_hex(16)}
            answer = _write(client, way, "collections", [made], token)
            key = text(json_of(answer), "successful", "0", "key")
            if not key:
                said = text(json_of(answer), "failed", "0", "message")
                raise FetchError(
                    f"{way.base}/collections: did not make {place!r}: {said[:200] or 'no reason'}",
                    transient=False,
                )
            known[place] = key
        parent = known[place]
    return parent


def _write(
    client: Client,
    way: Access,
    what: str,
    objects: Sequence[dict[str, object]],
    more: dict[str, str] | None = None,
) -> Answer:
    headers = {**way.headers, "content-type": "application/json", **(more or {})}
    return client.post(
        f"{way.base}/{what}",
        orjson.dumps(objects),
        headers=headers,
        accept="application/json",
        # Items name their keys and version 0, collections bear a token: twice does no harm.
        again=True,
    )


def _count(answer: Answer, batch: Sequence[Paper], sent: Sent) -> None:
    report = json_of(answer)
    parts = [at(report, name) for name in ("successful", "unchanged", "failed")]
    if not all(isinstance(part, dict) for part in parts):
        raise unusable(answer, "what became of each item")
    for place, paper in enumerate(batch):
        name = str(place)
        if at(report, "successful", name) is not None:
            sent.written += 1
        elif (
            at(report, "unchanged", name) is not None
            or at(report, "failed", name, "code") == _EXISTS
        ):
            sent.there += 1
        else:
            said = text(report, "failed", name, "message") or "the server says nothing of it"
            sent.refused.append((paper, " ".join(said.split())[:200]))


def _batches(papers: Iterable[Paper]) -> Iterator[list[Paper]]:
    batch: dict[str, Paper] = {}
    for paper in papers:
        batch[key_of(paper)] = paper  # one key twice in a request is refused as a whole
        if len(batch) == BATCH:
            yield list(batch.values())
            batch = {}
    if batch:
        yield list(batch.values())


def _creator(printed: str) -> dict[str, str]:
    name = parse_name(printed)
    if name.literal or not name.family:
        return {"creatorType": "author", "name": " ".join(printed.split())}
    first = " ".join(part for part in (name.given, name.suffix) if part)
    last = " ".join(part for part in (name.particle, name.family) if part)
    return {"creatorType": "author", "firstName": first, "lastName": last}
