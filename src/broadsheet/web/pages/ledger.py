"""The ledger: what each source announced on each day, what became of it, and what is wrong.

And its badge, which stands on every list: to which day the paper is complete.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.catalog import LedgerRow, SyncRun, SyncTime, Trouble
from broadsheet.editions import long_date
from broadsheet.web.desk import State
from broadsheet.web.params import whole_number
from broadsheet.web.policy import allow
from broadsheet.web.reply import Body
from broadsheet.web.site import Site
from broadsheet.web.templating import moment_of
from broadsheet.web.visitors import Visitor
from broadsheet.worker import Freshness, freshness, with_encoded

DAYS, MOST_DAYS = 7, 90
_RUNS = 8
# Counting a fortnight takes some hundredths of a second: pages do not wait for it each time.
_KEPT_SECONDS = 5.0

_KIND_WORDS = {
    "gap": "Gap",
    "stale": "Stale batch",
    "quiet": "Quiet day",
    "absent": "No listing",
    "disagreement": "Disagreement",
    "broken": "Unreadable",
    "throttled": "Throttled",
    "unreachable": "Unreachable",
    "interrupted": "Interrupted",
}


@dataclass(frozen=True, slots=True)
class DayView:
    """A day of the ledger; ``lines`` are (source, set, cells, note, whether something lacks)."""

    name: str
    lines: tuple[tuple[str, str, tuple[str, ...], str, bool], ...]


@dataclass(frozen=True, slots=True)
class TroubleView:
    """A trouble in words."""

    kind: str
    sentence: str
    when: str


class LedgerPages:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """The page."""
        return [Route("/ledger", self.page, methods=["GET"])]

    @allow("anyone")
    async def page(self, request: Request) -> Response:
        """The last days, newest first."""
        days = whole_number(request, "days", DAYS, 1, MOST_DAYS)
        return await self._site.answer(
            request, f"ledger {days}", lambda state: self._page(state, days)
        )

    def _page(self, state: State, days: int) -> Body:
        rows = ledger_rows(state, days)
        since = (datetime.now(UTC) - timedelta(days=30)).date().isoformat()
        troubles = state.catalog.troubles.all(since=since, limit=60)
        syncs = state.catalog.syncs(self._site.settings.rejected_path)
        times = syncs.times()
        values: dict[str, object] = {
            "here": "/ledger",
            "summary": _summary(freshness(state.catalog), bool(rows)),
            "days": _days(rows),
            "open": [_trouble(one) for one in troubles if not one.closed_at],
            "closed": [_trouble(one) for one in troubles if one.closed_at],
            "times": [_time(one) for one in sorted(times.values(), key=lambda one: one.remote)],
            "runs": [_run(one) for one in syncs.runs(_RUNS)],
            "followed": ", ".join(self._site.settings.sync),
            "more": min(days * 4, MOST_DAYS) if days < MOST_DAYS and rows else 0,
        }
        return self._site.render("ledger.html", values)


def ledger_rows(state: State, days: int, listing: str = "", set_name: str = "") -> list[LedgerRow]:
    """The ledger of the newest days there are, with what is filed and encoded of it."""
    ledger = state.catalog.completeness
    tomorrow = (datetime.now(UTC).date() + timedelta(days=1)).isoformat()
    newest = ledger.last_day() or tomorrow
    first = (date.fromisoformat(newest) - timedelta(days=days - 1)).isoformat()
    applied = state.index.applied_seq if state.index else -1
    rows = ledger.rows(
        first,
        tomorrow,
        listing=listing,
        set_name=set_name,
        applied_seq=applied,
    )
    return with_encoded(rows, ledger, state.index)


class FreshPart:
    """The badge of every list; empty where no source's listing is followed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made = float("-inf")
        self._of: tuple[int, int] = (-1, -1)
        self._fresh = Freshness()

    def __call__(self, site: Site, state: State, visitor: Visitor, about: str, back: str) -> bytes:
        """The badge as HTML; ``about`` names the element it is put in."""
        del visitor, back  # it is the same for everyone, everywhere
        words = self._freshness(state).words()
        if not words:
            return b""
        inner = Markup('<a class="fresh quiet" href="{}/ledger">{}</a>').format(
            site.settings.base_path, words[0].upper() + words[1:]
        )
        return (Markup("<p>{}</p>").format(inner) if about == "p" else inner).encode()

    def _freshness(self, state: State) -> Freshness:
        of = (state.catalog.completeness.seq(), state.catalog.seq())
        with self._lock:
            if of != self._of and time.monotonic() - self._made > _KEPT_SECONDS:
                self._fresh = freshness(state.catalog)
                self._of, self._made = of, time.monotonic()
            return self._fresh


def _summary(fresh: Freshness, any_rows: bool) -> str:
    if words := fresh.words():
        return f"The paper is {words}." if fresh.complete_to else f"{words[0].upper()}{words[1:]}."
    if any_rows:
        return "What sources listed, and what became of it."
    return "No source has been asked for its listing yet."


def _days(rows: Sequence[LedgerRow]) -> list[DayView]:
    days: dict[str, list[tuple[str, str, tuple[str, ...], str, bool]]] = {}
    for row in rows:
        cells = (
            *(f"{n:,}" for n in (row.announced, row.fetched, row.stored, row.merged)),
            *(f"{n:,}" for n in (row.rejected, row.indexed)),
            "–" if row.encoded is None else f"{row.encoded:,}",
            f"{row.missing:,}",
        )
        days.setdefault(row.day, []).append(
            (row.listing, row.set or "–", cells, _note(row), bool(row.missing or row.stale))
        )
    return [DayView(long_date(day), tuple(lines)) for day, lines in days.items()]


def _note(row: LedgerRow) -> str:
    notes = []
    if row.stale:
        notes.append("an earlier day’s batch under this date")
    if row.total is not None and row.total > row.announced and not row.stale:
        notes.append(f"the source counts {row.total:,}")
    if row.undone:
        notes.append(f"{row.undone:,} taken back")
    if row.deleted:
        notes.append(f"{row.deleted:,} withdrawn by the source")
    return "; ".join(notes)


def _trouble(trouble: Trouble) -> TroubleView:
    when = f"since {moment_of(trouble.opened_at)}"
    if trouble.closed_at:
        when = f"{moment_of(trouble.closed_at)}: {trouble.ending}"
    return TroubleView(_KIND_WORDS[trouble.kind], trouble.sentence, when)


def _time(one: SyncTime) -> tuple[str, str, str]:
    state = f"not asked for now: {one.problem}" if one.failures else moment_of(one.done_at)
    return one.remote, state or "never", moment_of(one.next_at) or "at once"


def _run(run: SyncRun) -> tuple[str, str, str]:
    counts = run.counts
    words = [f"{counts.new:,} new", f"{counts.updated:,} updated", f"{counts.unchanged:,} known"]
    words += [f"{counts.merged:,} merged"] if counts.merged else []
    words += [f"{counts.rejected:,} rejected"] if counts.rejected else []
    if run.state != "finished":
        words.append("not finished" if run.state == "running" else f"failed: {run.problem}")
    return run.remote, moment_of(run.started_at), ", ".join(words)
