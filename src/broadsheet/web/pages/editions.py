"""The front page, an edition's other pages, and the archive: from Edition to what is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from broadsheet.editions import SHELF, STARTER, Edition, Section, plain_date, weekday
from broadsheet.text import Reading
from broadsheet.web.links import Links
from broadsheet.web.views import (
    LEAD_OPENING,
    LIST_OPENING,
    SECTION_OPENING,
    SIDE_OPENING,
    Item,
    counted,
    item,
)


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section on a page."""

    name: str
    count: str
    count_words: str
    url: str
    more: str
    papers: tuple[Item, ...]
    featured: bool


@dataclass(frozen=True, slots=True)
class Named:
    """A link with a name, perhaps a count, perhaps the one we are at."""

    name: str
    url: str
    count: str = ""
    current: bool = False


def edition_values(
    edition: Edition,
    links: Links,
    *,
    front: bool,
    section: str | None,
    days: Sequence[tuple[str, int]],
    coverage: str,
    readings: Mapping[int, Reading],
    by: str = "",
) -> dict[str, object]:
    """The values of ``edition.html``. ``days`` are the days near this one, with counts;
    ``readings`` are those of the page's papers, ``by`` is "subject" where that was asked for.
    """
    shelf = edition.kind == SHELF
    return {
        "kind": "edition" if edition.kind == "day" else edition.kind,
        "heading": _heading(edition, section),
        "picked_days": _picked_days(edition, section),
        "canonical": links.front() if shelf else links.edition(edition.key),
        "count_words": counted(edition.total),
        "coverage": coverage,
        "front": front,
        "here": _here(edition, front),
        "days": () if shelf else _days(edition, days, links),
        "previous": _neighbour(edition, edition.previous, links),
        "next": _neighbour(edition, edition.next, links),
        "leads": _leads(edition, links, readings),
        "lead_rule": edition.lead_rule,
        "sections": tuple(
            _section(s, edition, links, section, readings, by) for s in edition.sections
        ),
        "contents": _contents(edition, section, links, by),
        "other_way": _other_way(edition, section, links, by),
        "page": edition.page,
        "pages": edition.pages,
        "pager": {
            "previous": _page_url(edition, section, edition.page - 1, links, by),
            "next": _page_url(edition, section, edition.page + 1, links, by),
        },
        "ending": _ending(edition, section),
        "notes": (_shelf_note(edition),) if shelf and front else (),
    }


def _picked_days(edition: Edition, section: str | None) -> str:
    """The days whose picks stand here: of one edition, on its first page."""
    if edition.kind == "day" and edition.page == 1 and section is None:
        return f"{edition.key}..{edition.key}"
    return ""


# Up to so many papers of a section stand beside its first one; more than that flow in columns.
_FEATURED = 7

_NO_LISTING = "This home has met no daily listing yet, so there is no dated edition. "
_STARTER_NOTE = "These are papers to start with, by topic, described in our own words. "
_OTHER_NOTE = "These are the first papers of its largest source. "
_HOW_TO = "A listing comes in with “broadsheet import FILE”."


def _shelf_note(edition: Edition) -> str:
    return _NO_LISTING + (_STARTER_NOTE if edition.key == STARTER else _OTHER_NOTE) + _HOW_TO


def _heading(edition: Edition, section: str | None) -> str:
    if section is None:
        return edition.title
    name = next((c.name for c in edition.contents if c.category == section), section)
    return f"{edition.title}: {name}"


def _here(edition: Edition, front: bool) -> str:
    if front:
        return "/"
    return {"week": "/editions/week", "month": "/editions/month"}.get(edition.kind, "")


def _leads(edition: Edition, links: Links, readings: Mapping[int, Reading]) -> tuple[Item, ...]:
    lengths = (LEAD_OPENING, *[SIDE_OPENING] * (len(edition.leads) - 1))
    return tuple(
        item(work, links, readings.get(work.id), length=length, prose_only=True)
        for work, length in zip(edition.leads, lengths, strict=False)
    )


def _section(
    section: Section,
    edition: Edition,
    links: Links,
    only: str | None,
    readings: Mapping[int, Reading],
    by: str,
) -> SectionView:
    shown, total = len(section.works), section.total
    url = more = ""
    featured = only is None and edition.page == 1 and 2 < shown <= _FEATURED
    if only is None and shown < total:
        url = _page_url(edition, section.category, 1, links, by)
        more = f"All {total:,}"
    return SectionView(
        name=section.name,
        count=f"{total:,}",
        count_words=counted(total) if shown == total or only else f"{shown} of {total:,} papers",
        url=url,
        more=more,
        papers=tuple(
            item(
                work,
                links,
                readings.get(work.id),
                length=SECTION_OPENING if featured and place == 0 else LIST_OPENING,
                within=section.category,
                dated=edition.kind != "day",
            )
            for place, work in enumerate(section.works)
        ),
        featured=featured,
    )


def _contents(edition: Edition, section: str | None, links: Links, by: str) -> tuple[Named, ...]:
    return tuple(
        Named(
            entry.name,
            _page_url(edition, entry.category, 1, links, by),
            f"{entry.total:,}",
            entry.category == section,
        )
        for entry in edition.contents
    )


def _other_way(edition: Edition, section: str | None, links: Links, by: str) -> Named | None:
    """The same edition in sections of the other kind, where it has both."""
    if section is not None or edition.kind == SHELF:
        return None
    if by:
        return Named("By topic", links.edition(edition.key))
    return (
        Named("By subject", links.edition(edition.key, by="subject"))
        if (edition.by == "topic")
        else None
    )


def _page_url(edition: Edition, section: str | None, page: int, links: Links, by: str) -> str:
    if edition.kind == SHELF:
        return links.front(page, section)
    return links.edition(edition.key, section=section, page=page, by=by)


def _days(edition: Edition, days: Sequence[tuple[str, int]], links: Links) -> tuple[Named, ...]:
    found = sorted(days)
    # Where all are of one month it is that of the heading.
    before = found[0][0] if found and found[0][0][:7] == found[-1][0][:7] else ""
    named = []
    for day, count in found:
        month = "" if day[:7] == before[:7] else f" {plain_date(day[:7])[:3]}"
        if month and day[:4] != edition.key[:4]:
            month += f" {day[:4]}"
        name = f"{weekday(day)[:3]} {int(day[8:])}{month}"
        named.append(Named(name, links.edition(day), f"{count:,}", day == edition.key))
        before = day
    return tuple(named)


def _neighbour(edition: Edition, key: str, links: Links) -> Named | None:
    if not key:
        return None
    match edition.kind:
        case "day":
            name = f"{weekday(key)[:3]} {plain_date(key)}"
        case "week":
            name = f"Week {int(key[-2:])}"
        case _:
            name = plain_date(key)
    return Named(name, links.edition(key))


def _ending(edition: Edition, section: str | None) -> str:
    if section is not None:
        name = next((c.name for c in edition.contents if c.category == section), section)
        return f"That is all of {name}."
    return f"That is the whole of {edition.possessive} paper."


def archive_values(
    days: Sequence[tuple[str, int]], undated: int, links: Links
) -> dict[str, object]:
    """The values of ``archive.html``; ``days`` newest first."""
    months: list[dict[str, object]] = []
    for day, count in days:
        if not months or months[-1]["key"] != day[:7]:
            months.append(
                {
                    "key": day[:7],
                    "name": plain_date(day[:7]),
                    "url": links.edition(day[:7]),
                    "days": [],
                }
            )
        entries = months[-1]["days"]
        assert isinstance(entries, list)  # noqa: S101  # made four lines above
        entries.append(Named(f"{weekday(day)} {int(day[8:])}", links.edition(day), f"{count:,}"))
    total = sum(count for _, count in days)
    words = (
        f"{counted(total)} on {len(days):,} {'day' if len(days) == 1 else 'days'}."
        if days
        else "No dated edition yet."
    )
    if undated:
        words += f" {counted(undated)} more without an announced day are found by searching."
    return {"months": months, "summary": words, "here": "/editions"}
