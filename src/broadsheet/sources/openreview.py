"""OpenReview: submissions of conferences and journals, with what became of them.

A set is a venue (``ICLR.cc/2026/Conference``: what it accepted) or an invitation
(``ICLR.cc/2026/Conference/-/Submission``: all that was submitted and is public, with a mark on
what was withdrawn or rejected without review). Notes are asked for in order of their ids, each
page after the last id of the one before, as openreview-py does: nothing that is added or changed
meanwhile moves a note to another page. API 2 wraps every field of ``content`` in ``value``;
venues before 2023 are in API 1, which does not, and is asked where API 2 has nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from broadsheet.sources.answers import (
    Fields,
    arrival,
    at,
    day_of,
    from_cursor,
    json_of,
    listed,
    moment_of,
    text,
    to_cursor,
    unusable,
)
from broadsheet.sources.arrival import Arrived, Rejected
from broadsheet.sources.fetching import (
    Announced,
    Answer,
    Client,
    FetchError,
    Page,
    RemoteSettings,
    Want,
)
from broadsheet.sources.records import FieldError

NAME = "openreview"
ADDRESS = "https://api2.openreview.net"
ADDRESS_1 = "https://api.openreview.net"
SITE = "https://openreview.net"

_LIMIT = 1000  # the most a page may have
_MOST_BYTES = 128 << 20
# What a venue's name ends in when the submission is out.
_OUT = {
    "Withdrawn_Submission": "withdrawn",
    "Desk_Rejected_Submission": "desk rejected",
    "Rejected_Submission": "rejected",
}
_NAMED = {"arxiv": "arxiv_id", "doi": "doi"}


def note_record(note: Fields) -> dict[str, object]:
    """A submission as a record, from either form of the API."""
    identity = text(note, "forum") or text(note, "id")
    if not identity:
        raise FieldError("has no id")
    content = at(note, "content")
    if not isinstance(content, dict):
        raise FieldError("has no content")
    posted = moment_of(at(note, "odate")) or moment_of(at(note, "pdate"))
    created = moment_of(at(note, "cdate")) or moment_of(at(note, "tcdate"))
    changed = moment_of(at(note, "mdate")) or moment_of(at(note, "tmdate"))
    pdf, venue_id = _said(content, "pdf"), _said(content, "venueid")
    record: dict[str, object] = {
        "id": f"openreview:{identity}",
        "title": _said(content, "title"),
        "abstract": _said(content, "abstract"),
        "authors": _authors(content),
        "announced": posted or created,
        "published": moment_of(at(note, "pdate")) or posted or created,
        "updated": changed if changed > (posted or created) else "",
        "venue": _said(content, "venue"),
        "venueid": venue_id,
        "keywords": _many(content, "keywords"),
        "tldr": _said(content, "TLDR") or _said(content, "TL;DR"),
        "subject": _said(content, "primary_area"),
        "license": text(note, "license") or _said(content, "license"),
        "links": _links(content, identity, bool(pdf)),
    }
    for name in [*listed(note, "externalIds"), text(note, "externalId")]:
        scheme, _, value = str(name or "").partition(":")
        if scheme.lower() in _NAMED and value:
            record.setdefault(_NAMED[scheme.lower()], value)
    doi = _said(content, "doi") or _said(content, "DOI")
    if doi:
        record.setdefault("doi", doi)
    status = status_of(note)
    if status:
        record["status"] = status
    if status in ("withdrawn", "desk rejected"):
        record["withdrawn"] = status
    return record


def status_of(note: Fields) -> str:
    """``withdrawn``, ``desk rejected`` or ``rejected``; '' for accepted or under review."""
    invitations = [name for name in listed(note, "invitations") if isinstance(name, str)]
    names = [_said(at(note, "content"), "venueid"), text(note, "invitation"), *invitations]
    for ending, status in _OUT.items():
        if any(name.endswith(f"/{ending}") for name in names):
            return status
    return ""


class OpenReview:
    """Submissions of named venues; see the module."""

    name = NAME
    description = "OpenReview: submissions of conferences and journals by venue"

    def __init__(self, settings: RemoteSettings | None = None) -> None:
        settings = settings or RemoteSettings()
        second = settings.address(NAME, ADDRESS)
        first = settings.address(f"{NAME}-1", ADDRESS_1)
        self._addresses = {2: second, 1: first}
        self.host = second.partition("://")[2]
        named = settings.option(f"{NAME}.venues").split(",")
        self.default_sets: tuple[str, ...] = tuple(name.strip() for name in named if name.strip())

    def pages(self, client: Client, want: Want, cursor: str) -> Iterator[Page]:
        """Up to 1,000 notes a page; those that did not change since ``since`` are passed over.

        All notes are looked at each time: only so is one found that was withdrawn yesterday.
        """
        sets = want.sets or self.default_sets
        if not sets:
            raise FetchError(
                f"{NAME}: name a venue, such as ICLR.cc/2026/Conference", transient=False
            )
        state = from_cursor(cursor)
        begun = sets.index(str(state.get("set"))) if state.get("set") in sets else 0
        since = day_of(want.since).isoformat() if want.since else ""
        until = day_of(want.until).isoformat() if want.until else "9999"
        for place, name in enumerate(sets[begun:], begun):
            following = to_cursor(set=sets[place + 1]) if place + 1 < len(sets) else ""
            begin = state if place == begun else {}
            after = str(begin.get("after", ""))
            version = 1 if begin.get("api") == 1 else 2
            while True:
                notes, answer = self._ask(client, version, name, after)
                if not notes and not after and version == 2:
                    version = 1
                    continue
                last = text(notes[-1], "id") if len(notes) >= _LIMIT else ""
                if len(notes) >= _LIMIT and last in ("", after):
                    raise unusable(answer, "a note to go on from")
                after = last
                on = to_cursor(set=name, api=version, after=after) if after else following
                yield _page(notes, name, since, until, on)
                if not after:
                    break

    def _ask(
        self, client: Client, version: int, name: str, after: str
    ) -> tuple[list[object], Answer]:
        asked = "invitation" if "/-/" in name else "content.venueid"
        params = {asked: name, "limit": str(_LIMIT), "sort": "id"}
        if after:
            params["after"] = after
        answer = client.get(
            f"{self._addresses[version]}/notes",
            params,
            accept="application/json",
            most_bytes=_MOST_BYTES,
        )
        data = json_of(answer)
        notes = at(data, "notes")
        if not isinstance(notes, list):
            raise unusable(answer, "notes")
        return notes, answer


def _page(notes: list[object], name: str, since: str, until: str, cursor: str) -> Page:
    items: list[Arrived | Rejected] = []
    announced: list[Announced] = []
    deleted: list[str] = []
    for place, note in enumerate(notes, 1):
        if text(note, "replyto"):
            continue  # a review or a comment, which is no paper
        if not since <= (_touched(note) or since) <= until:
            continue
        if at(note, "ddate"):
            deleted.append(f"openreview:{text(note, 'forum') or text(note, 'id')}")
            continue
        item = arrival(note_record, note, place, NAME)
        items.append(item)
        if isinstance(item, Arrived) and item.paper.announced:
            announced.append(Announced(name, item.paper.announced, item.paper.id, "listed"))
    return Page(tuple(items), tuple(announced), (), cursor, tuple(deleted))


def _touched(note: object) -> str:
    """The day of the last change that the API knows of."""
    moments = (moment_of(at(note, name)) for name in ("tmdate", "mdate", "tcdate", "cdate"))
    return max(moments, default="")


def _said(content: object, name: str) -> str:
    """The text of a field, wrapped (API 2) or plain (API 1)."""
    return text(content, name) or text(content, name, "value")


def _many(content: object, name: str) -> list[str]:
    values = listed(content, name) or listed(content, name, "value")
    return [one.strip() for one in values if isinstance(one, str) and one.strip()]


def _authors(content: object) -> list[dict[str, str]]:
    """Names in order; newer venues give objects with ``fullname`` and institutions."""
    people: list[dict[str, str]] = []
    for one in listed(content, "authors") or listed(content, "authors", "value"):
        if isinstance(one, str):
            people.append({"name": one.strip()})
        else:
            where = [text(place, "name") for place in listed(one, "institutions")]
            people.append({
                "name": text(one, "fullname") or text(one, "name"),
                "affiliation": "; ".join(filter(None, where)),
            })  # fmt: skip
    return [one for one in people if one["name"]]


def _links(content: object, identity: str, has_pdf: bool) -> list[dict[str, str]]:
    links = [{"url": f"{SITE}/forum?id={identity}", "kind": "abstract"}]
    if has_pdf:
        links.append({"url": f"{SITE}/pdf?id={identity}", "kind": "pdf"})
    for name, kind in (("code", "code"), ("software", "code"), ("data", "data"), ("html", "")):
        address = _said(content, name)
        if address.lower().startswith(("http://", "https://")):
            links.append({"url": address, "kind": kind})
    return links
