"""What became of papers that a reader keeps: withdrawn, taken by a meeting or journal, rewritten.

A record is what one source said at one time, so the records of a work that came after a moment,
beside those of before, say what changed since.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from broadsheet.catalog import Catalog
from broadsheet.citations import Appearance, appearances
from broadsheet.editions.digest_values import Followed
from broadsheet.papers import Paper, Version
from broadsheet.readers import Readers

# Of the words of an abstract, what may differ before it is told as changed: a slip put right, a
# number, is no news.
_SAME = 0.9


def news_of_kept(
    catalog: Catalog,
    readers: Readers,
    reader_id: int,
    *,
    after: int = 0,
    last: int | None = None,
    since: str = "",
) -> dict[int, Followed]:
    """What became of papers since a reader saved them, the last first, by records behind the
    number ``after``, up to ``last`` and later than a moment (UTC); papers without news are left
    out."""
    saved = {act.work_id: act.at for act in readers.acts.of(reader_id, ["save"])}
    found = {}
    for work, versions in catalog.renewed(list(saved), after=after, since=since).items():
        start = max(saved[work], since)
        versions = [one for one in versions if last is None or one.number <= last]
        known = [one for one in versions if one.number <= after or one.arrived_at <= start]
        came = [one for one in versions if one.number > after and one.arrived_at > start]
        told = _told(known, came)
        if told:
            found[work] = Followed(came[-1].arrived_at[:10], f"You saved this: {told}")
    return dict(sorted(found.items(), key=lambda one: one[1].day, reverse=True))


def _told(before: Sequence[Version], after: Sequence[Version]) -> str:
    """What records say that those before did not, in words; '' for nothing."""
    if not (before and after):
        return ""
    if any(one.withdrawn for one in before):
        return ""  # what another source has of it still
    if any(one.withdrawn for one in after):
        return "withdrawn since"
    venues = " and ".join(_new_venues(before, after)[:3])
    return "; ".join(
        filter(None, (f"now at {venues}" if venues else "", _rewritten(before, after)))
    )


def _new_venues(before: Sequence[Version], after: Sequence[Version]) -> list[str]:
    known = [one for version in before for one in _appeared(version)]
    labels = {str(one).casefold() for one in known}
    # A name that was known already has only got its year.
    labels |= {one.name.casefold() for one in known if not one.year}
    names = dict.fromkeys(
        str(one)
        for version in after
        for one in _appeared(version)
        if str(one).casefold() not in labels and one.name.casefold() not in labels
    )
    return list(names)


def _appeared(version: Version) -> tuple[Appearance, ...]:
    return appearances(
        Paper(
            id=version.external_id, source=version.source, published=version.published,
            announced=version.announced, extra=version.extra,
        )
    )  # fmt: skip


def _rewritten(before: Sequence[Version], after: Sequence[Version]) -> str:
    """That title or abstract are new in the last version of a source that had one before."""
    for version in reversed(after):
        older = [one for one in before if one.source == version.source]
        if not older or version.label == older[-1].label or not version.label:
            continue
        changed = [
            name
            for name, old, new in (
                ("title", older[-1].title, version.title),
                ("abstract", older[-1].abstract, version.abstract),
            )
            if old and new and _differ(old, new)
        ]
        if changed:
            return f"new {' and '.join(changed)} in {version.label}"
    return ""


def _differ(old: str, new: str) -> bool:
    one, other = old.split(), new.split()
    return one != other and SequenceMatcher(None, one, other, autojunk=False).ratio() < _SAME
