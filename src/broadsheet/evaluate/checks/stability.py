"""Does a search stay the same where its query says the same, in other letters?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from broadsheet.catalog import Work
from broadsheet.evaluate import perturbations
from broadsheet.evaluate.checks.subject import Check, Subject, body, overlap
from broadsheet.evaluate.perturbations import Change

_LEAST_FOUND: Mapping[str, tuple[Change, float]] = {
    "typo": (perturbations.typo, 0.9),
    "plural": (perturbations.plural, 0.95),
    "word order": (perturbations.word_order, 0.95),
    "fillers": (perturbations.fillers, 0.95),
    "paraphrase": (perturbations.paraphrase, 0.9),
}
# By words alone, these must change nothing at all: terms have no order, stop words no weight.
_NOTHING: Mapping[str, Change] = {
    "order by words": perturbations.word_order,
    "fillers by words": perturbations.fillers,
}


def stability_checks(subject: Subject) -> list[Check]:
    """Titles as queries, changed in ways that leave their meaning."""
    checks = []
    for name, (change, least) in _LEAST_FOUND.items():
        pairs = [(work, change(work.paper.title, _seeded(work))) for work in subject.works]
        checks += _kept(subject, name, pairs, least)
    for name, change in _NOTHING.items():
        checks.append(_untouched(subject, name, change))
    plain = [
        (work, perturbations.plural(work.paper.title, _seeded(work))) for work in subject.works
    ]
    checks.append(_by_words(subject, "plural by words", plain, 0.8))
    return [*checks, *_acronyms(subject)]


def _seeded(work: Work) -> np.random.Generator:
    return np.random.default_rng(work.id)


def _kept(subject: Subject, name: str, pairs: list[tuple[Work, str]], least: float) -> list[Check]:
    """Overlap of the first ten, and whether the work is still among them."""
    changed = [(work, text) for work, text in pairs if text != work.paper.title]
    same, found = [], []
    for work, text in changed:
        before, after = subject.found(work.paper.title), subject.found(text)
        same.append(overlap(before, after))
        if work.id in before:
            found.append(work.id in after)
    told = f"of {len(changed)} changed titles"
    mean = float(np.mean(same)) if same else None
    kept = float(np.mean(found)) if found else None
    return [
        Check("stability", name, kept, least, f"still found in ten, {told}"),
        Check("stability", f"{name}: overlap", mean, None, f"of the first ten (Jaccard), {told}"),
    ]


def _untouched(subject: Subject, name: str, change: Change) -> Check:
    same = []
    for work in subject.works:
        query = " ".join(word.surface for word in subject.index.words(work.paper.title))
        before = subject.found(query, legs=("lexical",))
        same.append(before == subject.found(change(query, _seeded(work)), legs=("lexical",)))
    seen = f"searches by words that it leaves as they were, of {len(same)}"
    # Equal scores may change places where sums are added up in another order.
    return Check("stability", name, float(np.mean(same)) if same else None, 0.9, seen)


def _by_words(subject: Subject, name: str, pairs: list[tuple[Work, str]], least: float) -> Check:
    same = [
        overlap(
            subject.found(work.paper.title, legs=("lexical",)),
            subject.found(text, legs=("lexical",)),
        )
        for work, text in pairs
        if text != work.paper.title
    ]
    seen = f"overlap of the first ten by words, {len(same)} changed titles"
    return Check("stability", name, float(np.mean(same)) if same else None, least, seen)


def _acronyms(subject: Subject) -> list[Check]:
    """Titles with a long form, asked by its acronym as the works themselves introduce it."""
    known = perturbations.acronyms(body(work) for work in subject.works)
    if not known:
        return [Check("stability", "acronym", None, None, "no work introduces one")]
    pairs = [(work, perturbations.exchanged(work.paper.title, known)) for work in subject.works]
    return _kept(subject, "acronym", pairs, 0.7)
