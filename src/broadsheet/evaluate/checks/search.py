"""Does a search find what is surely there, and keep to what it was told?"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from broadsheet.catalog import Work
from broadsheet.evaluate.checks.subject import Check, Subject, body, share
from broadsheet.evaluate.perturbations import sentences
from broadsheet.search import SearchRequest

_FEW = 40  # searches of the checks that hold or do not
_PAGE = 5


def search_checks(subject: Subject) -> list[Check]:
    """Known items, pages, and every filter."""
    return [
        *_known_items(subject),
        _by_words(subject),
        _pages(subject),
        _same_again(subject),
        _exclusions(subject),
        _phrases(subject),
        _sources(subject),
        _years(subject),
    ]


def _known_items(subject: Subject) -> list[Check]:
    titles = [_place(subject, work, work.paper.title) for work in subject.works]
    told = [(work, sentences(body(work))) for work in subject.works]
    first = [_place(subject, work, parts[0]) for work, parts in told if parts]
    last = [_place(subject, work, parts[-1]) for work, parts in told if len(parts) > 2]
    return [
        _known(
            "title first",
            [place == 1 for place in titles],
            0.9,
            "titles that find their work first",
        ),
        _known("title in ten", [place > 0 for place in titles], 0.97, "or among the first ten"),
        _known("sentence in ten", [place > 0 for place in first], 0.8, "so do first sentences"),
        _known("end in ten", [place > 0 for place in last], 0.6, "and last sentences"),
    ]


def _by_words(subject: Subject) -> Check:
    """The words leg by itself, which a good encoder would cover up for."""
    found = [
        work.id in subject.found(work.paper.title, legs=("lexical",)) for work in subject.works
    ]
    return _known("title by words", found, 0.97, "titles that find their work by words alone")


def _known(name: str, hits: Sequence[bool], least: float, seen: str) -> Check:
    return Check("search", name, share(hits), least, f"{seen}, of {len(hits)}")


def _place(subject: Subject, work: Work, query: str) -> int:
    """The work's place among the first ten, from 1; 0 where it is not there."""
    found = subject.found(query)
    return found.index(work.id) + 1 if work.id in found else 0


def _pages(subject: Subject) -> Check:
    """The second page goes on where the first ends."""
    same = []
    for work in subject.works[:_FEW]:
        query = work.paper.title
        whole = subject.found(query, 2 * _PAGE)
        parts = [
            [hit.work_id for hit in subject.search(SearchRequest(query, _PAGE, offset)).hits]
            for offset in (0, _PAGE)
        ]
        same.append(parts[0] + parts[1] == whole)
    return _known("pages", same, 1.0, "searches whose two pages are the longer page")


def _same_again(subject: Subject) -> Check:
    """One query has one answer, whatever was asked in between.

    A page one longer is asked for, so that no kept answer is compared with itself.
    """
    works = subject.works[:_FEW]
    first = [subject.found(work.paper.title, 7) for work in works]
    again = [subject.found(work.paper.title, 8)[:7] for work in reversed(works)][::-1]
    same = [one == other for one, other in zip(first, again, strict=True)]
    return _known("same again", same, 1.0, "searches with the same answer twice")


def _exclusions(subject: Subject) -> Check:
    """No hit has a word that was excluded."""
    kept = []
    for work in subject.works[:_FEW]:
        words = [word for word in subject.index.words(work.paper.title) if word.term]
        plain = [word for word in words if word.surface.isalpha() and len(word.surface) > 3]
        if len(plain) < 3:
            continue
        out = plain[-1]
        query = " ".join(word.surface for word in plain[:-1]) + f" -{out.surface}"
        hits = subject.found(query)
        texts = subject.library.get_many(hits)
        kept += [out.term not in subject.terms(_searched(texts[hit])) for hit in hits]
    return _known("exclusions", kept, 1.0, "hits without the excluded word")


def _phrases(subject: Subject) -> Check:
    """Every hit has the phrase that was asked for."""
    kept = []
    for work in subject.works[:_FEW]:
        pairs = [
            pair
            for pair in itertools.pairwise(subject.index.words(work.paper.title))
            if all(word.term and word.surface.isalpha() for word in pair)
        ]
        if not pairs:
            continue
        one, other = pairs[0]
        hits = subject.found(f'"{one.surface} {other.surface}"')
        texts = subject.library.get_many(hits)
        kept += [_beside(subject, _searched(texts[hit]), one.term, other.term) for hit in hits]
        kept.append(work.id in hits or len(hits) == 10)
    return _known("phrases", kept, 1.0, "hits with the phrase, its own work among them")


def _beside(subject: Subject, text: str, one: str, other: str) -> bool:
    terms = [word.term for word in subject.index.words(text)]
    return any(pair == (one, other) for pair in itertools.pairwise(terms))


def _searched(work: Work) -> str:
    return " \n ".join((work.paper.title, work.paper.abstract, work.paper.summary))


def _sources(subject: Subject) -> Check:
    """Every hit is from the source that was asked for."""
    kept = []
    for work in subject.works[:_FEW]:
        source = work.sources[0] if work.sources else ""
        if not source or not source.replace("-", "").isalnum():
            continue
        other = "surely-no-source-of-this-name"
        hits = subject.found(f"{work.paper.title} source:{source}")
        works = subject.library.get_many(hits)
        kept += [source in works[hit].sources for hit in hits]
        kept.append(subject.found(f"{work.paper.title} source:{other}") == [])
    return _known("sources", kept, 1.0, "searches that keep to a source")


def _years(subject: Subject) -> Check:
    """Every hit is of the year that was asked for."""
    kept = []
    for work in subject.works[:_FEW]:
        year = (work.published or work.announced)[:4]
        if not year:
            continue
        hits = subject.found(f"{work.paper.title} year:{year}")
        works = subject.library.get_many(hits)
        days = [works[hit].published or works[hit].announced for hit in hits]
        kept += [day.startswith(year) for day in days]
        kept.append(bool(np.isin(work.id, hits)))
    return _known("years", kept, 0.99, "hits of the year, its own work among them")
