"""What changed between two versions of a paper: a part of its page, and a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup
from starlette.exceptions import HTTPException

from broadsheet.catalog import Work
from broadsheet.editions import plain_date
from broadsheet.papers import Version
from broadsheet.text import Piece, compare_texts, plain, to_html
from broadsheet.web.desk import State
from broadsheet.web.pages.papers_found import find, one
from broadsheet.web.reply import Body
from broadsheet.web.site import Site
from broadsheet.web.views import title_of

# What is compared of each text: more than anyone reads, and never long to do.
_LONGEST = 20_000
_MARKUP = {
    "same": "{}",
    "added": '<ins><span class="hidden">added: </span>{}</ins>',
    "removed": '<del><span class="hidden">removed: </span>{}</del>',
    "moved": '<span class="moved">{}</span> <span class="was-moved">(moved)</span>',
}


@dataclass(frozen=True, slots=True)
class Named:
    """A version and what it is called: in an address, and to a reader."""

    key: str
    words: str
    version: Version


@dataclass(frozen=True, slots=True)
class Changes:
    """Two versions and what differs; what does not is empty."""

    old: Named
    new: Named
    title: Markup
    added_authors: tuple[str, ...]
    gone_authors: tuple[str, ...]
    reordered: bool
    added_categories: tuple[str, ...]
    gone_categories: tuple[str, ...]
    abstract: Markup

    @property
    def any(self) -> bool:
        """Whether anything differs."""
        people = (self.added_authors, self.gone_authors, self.reordered)
        subjects = (self.added_categories, self.gone_categories)
        return any((self.title, self.abstract, *people, *subjects))


def in_order(versions: Sequence[Version]) -> list[Named]:
    """The versions from the oldest to the newest, each with a name of its own.

    ``v2`` where only one is called so, otherwise its place, from 1 on.
    """
    placed = sorted(enumerate(versions), key=lambda pair: (*_age(pair[1]), pair[0]))
    labels = [version.label for _, version in placed]
    named = []
    for place, (_, version) in enumerate(placed, 1):
        label = version.label
        key = label if label and labels.count(label) == 1 else str(place)
        date = version.updated or version.published or version.announced
        parts = (label or version.external_id, version.source, plain_date(date))
        named.append(Named(key, " · ".join(part for part in parts if part), version))
    return named


def _age(version: Version) -> tuple[str, int]:
    digits = version.label[1:]
    number = int(digits) if version.label[:1] == "v" and digits.isdecimal() else 0
    return version.updated or version.published or version.announced, min(number, 10**6)


def compare(old: Named, new: Named) -> Changes:
    """What differs between two versions."""
    one_, other = old.version, new.version
    mine, theirs = _names(one_.authors), _names(other.authors)
    known = one_.authors and other.authors
    added = tuple(name for key, name in theirs.items() if key not in mine) if known else ()
    gone = tuple(name for key, name in mine.items() if key not in theirs) if known else ()
    shared = [key for key in theirs if key in mine], [key for key in mine if key in theirs]
    subjects = one_.categories and other.categories
    return Changes(
        old,
        new,
        _diff(one_.title, other.title),
        added,
        gone,
        bool(known) and shared[0] != shared[1],
        tuple(c for c in other.categories if c not in one_.categories) if subjects else (),
        tuple(c for c in one_.categories if c not in other.categories) if subjects else (),
        _diff(one_.abstract, other.abstract) if one_.abstract and other.abstract else Markup(),
    )


def latest(versions: Sequence[Version]) -> Changes | None:
    """The last change of text there was; None where all versions that stand say the same."""
    standing = [named for named in in_order(versions) if not named.version.withdrawn]
    for old, new in reversed(list(pairwise(standing))):
        changes = compare(old, new)
        if changes.any:
            return changes
    return None


def before_withdrawal(versions: Sequence[Version]) -> Named | None:
    """The last version with an abstract before a paper was withdrawn."""
    told = [n for n in in_order(versions) if n.version.abstract and not n.version.withdrawn]
    return told[-1] if told else None


def versions_page(site: Site, state: State, name: str, old: str, new: str) -> Body:
    """Two versions of a paper side by side; without a choice the last change."""
    work = one(find(state, name))
    named = in_order(state.catalog.versions(work.id))
    changes = _chosen(named, old, new)
    if changes is None and len(named) > 1:
        changes = latest([n.version for n in named]) or compare(named[-2], named[-1])
    values: dict[str, object] = {
        "work": work.id,
        "title": title_of(work.paper),
        "plain_title": plain(work.paper.title[:1000]) or work.paper.id,
        "url": site.links.paper(work.paper),
        "here": f"{site.links.base}/versions",
        "id": name,
        "versions": named,
        "changes": changes,
    }
    return site.render("versions.html", values)


def _chosen(named: Sequence[Named], old: str, new: str) -> Changes | None:
    if not (old or new):
        return None
    by_key = {str(place): found for place, found in enumerate(named, 1)}
    by_key |= {found.key: found for found in named}
    if old not in by_key or new not in by_key:
        raise HTTPException(404)
    return compare(by_key[old], by_key[new])


def versions_json(work: Work, versions: Sequence[Version], old: str, new: str) -> dict[str, object]:
    """The versions of a paper and what changed between two of them."""
    named = in_order(versions)
    changes = _chosen(named, old, new) or latest(versions)
    return {
        "id": work.paper.id,
        "versions": [
            {
                "key": found.key,
                "label": found.version.label,
                "source": found.version.source,
                "id": found.version.external_id,
                "title": found.version.title,
                "abstract": found.version.abstract,
                "authors": list(found.version.authors),
                "categories": list(found.version.categories),
                "published": found.version.published,
                "announced": found.version.announced,
                "updated": found.version.updated,
                "withdrawn": found.version.withdrawn,
            }
            for found in named
        ],
        "changes": _changes_json(changes) if changes else None,
    }


def _changes_json(changes: Changes) -> dict[str, object]:
    old, new = changes.old.version, changes.new.version
    return {
        "from": changes.old.key,
        "to": changes.new.key,
        "title": _pieces(old.title, new.title),
        "abstract": _pieces(old.abstract, new.abstract),
        "authors": {"added": changes.added_authors, "removed": changes.gone_authors},
        "categories": {"added": changes.added_categories, "removed": changes.gone_categories},
    }


def _pieces(old: str, new: str) -> list[dict[str, str]]:
    return [
        {"kind": piece.kind, "text": piece.text}
        for piece in compare_texts(old[:_LONGEST], new[:_LONGEST])
    ]


def _names(authors: Sequence[str]) -> dict[str, str]:
    return {" ".join(name.replace(".", " ").lower().split()): name for name in authors}


def _diff(old: str, new: str) -> Markup:
    """The new text with its changes marked; empty where nothing changed."""
    pieces = compare_texts(old[:_LONGEST], new[:_LONGEST])
    if all(piece.kind == "same" for piece in pieces):
        return Markup()
    return Markup(" ").join(map(_marked, pieces))


def _marked(piece: Piece) -> Markup:
    text = Markup(to_html(piece.text))  # noqa: S704 - to_html escapes all but its own MathML
    return Markup(_MARKUP[piece.kind]).format(text)  # noqa: S704 - one of four above
