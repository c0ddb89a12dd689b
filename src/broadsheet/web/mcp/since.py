"""What is new since a cursor: nothing is told twice, and nothing is left out.

Without a cursor the newest edition is told first, by the order of arrival; from then on the
catalog's change log is followed. A cursor is the asker's: it says how far they are, is sealed
with the home's key so that none can be made up, and may be used again after a lost answer.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated

import orjson
from pydantic import Field

from broadsheet.catalog import Work
from broadsheet.web.mcp.answers import Page, fitted
from broadsheet.web.mcp.asking import Asking, Refusal
from broadsheet.web.mcp.given import SinceGiven
from broadsheet.web.mcp.greeting import completeness

_SEAL = 12  # characters
_READ = 200  # changes at a time
_SCANS = 10  # so many times, where few of them are in the categories asked for
_SLACK = timedelta(hours=1)  # an import's papers arrive a while before they are seen
_EXPIRED = (
    "cursor: it is not of this home, or older than what is kept here; begin anew with an empty one."
)


class Since(Page):
    """What came after a cursor."""

    cursor: Annotated[
        str, Field(description="give it with the next call, now or on another day")
    ] = ""


@dataclass(frozen=True, slots=True)
class Place:
    """How far an asker is. First the works of ``days`` up to the change ``seq``, those after
    the work ``last``; then, ``days`` being '', the changes after ``seq``. What arrived after
    ``mark`` (a time) is new, what changed else is updated."""

    seq: int
    mark: str
    days: str = ""
    last: int = 0

    def sealed(self, key: bytes) -> str:
        """The place as a cursor."""
        body = urlsafe_b64encode(orjson.dumps([self.seq, self.mark, self.days, self.last]))
        return f"{body.rstrip(b'=').decode()}.{_seal(key, body.rstrip(b'='))}"

    @staticmethod
    def read(cursor: str, key: bytes) -> Place:
        """The place a cursor means; a `Refusal` for one that was not made here."""
        body, _, seal = cursor.partition(".")
        if not hmac.compare_digest(
            _seal(key, body.encode("utf-8", "replace")).encode(), seal.encode("utf-8", "replace")
        ):
            raise Refusal(_EXPIRED)
        seq, mark, days, last = orjson.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return Place(seq, mark, days, last)


def digest_since(asking: Asking, given: SinceGiven) -> Since:
    """The papers that are new or changed since a cursor, oldest first."""
    catalog = asking.state.catalog
    now = datetime.now(UTC).isoformat(timespec="seconds")
    place = Place.read(given.cursor, asking.key) if given.cursor else _beginning(asking, now)
    if place.seq > catalog.seq():
        raise Refusal(_EXPIRED)
    page = Since(
        title="New since the cursor" if given.cursor else "The newest edition",
        paper_url=f"{asking.base}/papers/{{id}}",
    )
    found = (_of_days if place.days else _changed)(asking, place, given)
    rows = [(work, {"change": _kind(asking, work, place)}) for work in found.works]
    page.cursor = place.sealed(asking.key)
    page = fitted(page, rows, given.abstracts, given.max_tokens, lambda _: None)
    shown = len(page.papers)
    at = found.after if shown == len(rows) else _behind(place, found.works[shown - 1])
    drained = found.ended and shown == len(rows) and not (place.days and catalog.changes(at.seq, 1))
    page.total, page.has_more = shown, not drained
    page.cursor = replace(at, mark=now if drained else at.mark).sealed(asking.key)
    page.notes.append(
        "That is all for now: call again with this cursor on another day."
        if drained
        else "There is more: call again with this cursor."
    )
    if drained and (complete := completeness(asking.state)):
        page.notes.append(complete)
    return page


@dataclass(frozen=True, slots=True)
class _Found:
    """Works to tell, the place behind all that was looked at, and whether it is the end."""

    works: Sequence[Work]
    after: Place
    ended: bool


def _behind(place: Place, work: Work) -> Place:
    return replace(place, last=work.id) if place.days else replace(place, seq=work.seq)


def _beginning(asking: Asking, now: str) -> Place:
    newest = asking.state.catalog.days(1)
    return Place(asking.state.catalog.seq(), now, newest[0][0] if newest else "")


def _of_days(asking: Asking, place: Place, given: SinceGiven) -> _Found:
    """The works of the day by number, those that changed since left to the change log."""
    listed = sorted(
        one.work_id
        for one in asking.state.catalog.listing(place.days, place.days)
        if one.work_id > place.last and _wanted(one.categories, given.categories)
    )
    ids = listed[: given.limit]
    ended = len(ids) == len(listed)
    works = asking.state.catalog.get_many(ids).values()
    after = replace(place, days="", last=0) if ended else replace(place, last=ids[-1])
    return _Found([work for work in works if work.seq <= place.seq], after, ended)


def _changed(asking: Asking, place: Place, given: SinceGiven) -> _Found:
    """The works that changed after a place, in the order of change."""
    found: list[Work] = []
    for _ in range(_SCANS):
        changes = asking.state.catalog.changes(place.seq, _READ)
        for change in changes:
            place = replace(place, seq=change.seq)
            work = change.work
            if work and not work.deleted and _wanted(work.paper.categories, given.categories):
                found.append(work)
                if len(found) == given.limit:
                    return _Found(found, place, ended=False)
        if len(changes) < _READ:
            return _Found(found, place, ended=True)
    return _Found(found, place, ended=False)


def _wanted(categories: Sequence[str], asked: Sequence[str]) -> bool:
    return not asked or any(
        category == one or category.startswith(f"{one}.")
        for category in categories
        for one in asked
    )


def _kind(asking: Asking, work: Work, place: Place) -> str:
    if work.versions > 1 and not place.days:
        versions = asking.state.catalog.versions(work.id)
        mark = datetime.fromisoformat(place.mark) - _SLACK
        if versions and datetime.fromisoformat(versions[0].arrived_at) < mark:
            return "updated"
    return "new"


def _seal(key: bytes, body: bytes) -> str:
    return hmac.new(key, b"cursor " + body, "sha256").hexdigest()[:_SEAL]
