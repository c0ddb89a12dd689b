"""An abstract with what was read from it: what each sentence does, and what short forms mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from markupsafe import Markup

from broadsheet.text import Acronym, AcronymMark, Reading, Sentence, short_key, to_html

ROLE_NAMES = {
    "background": "Background",
    "problem": "Problem",
    "task": "Task",
    "idea": "Idea",
    "result": "Result",
}
# Longer texts are shown as they are: nobody looks for the idea of a whole article here, and what
# formulas may cost is bounded for each text.
LONGEST = 8_000
_BESIDE = 5  # characters between the two forms of a definition
_RUN = Markup('<b class="role">{}\u00a0</b><span class="does {}">{}</span>')
_SHORT = Markup('<abbr class="short" tabindex="0">{}<span class="long"> ({})</span></abbr>')

Place = tuple[int, int, str]
"""Start and end of a short form in the abstract, and its long form."""


def marked(abstract: str, reading: Reading, marks: Sequence[AcronymMark] = ()) -> Markup:
    """The abstract with its roles and short forms as HTML; '' where nothing is known of it.

    Sentences of one role that follow one another stand under one label. The labels are text, so
    that nothing is said by a line or a colour alone.
    """
    sentences = reading.sentences
    if len(abstract) > LONGEST or not (any(s.role for s in sentences) or marks):
        return Markup("")
    if any(_in_formula(abstract, sentence.start) for sentence in sentences):
        return Markup("")
    places = short_forms(abstract, marks, reading.acronyms)
    parts: list[Markup] = []
    at = 0
    for role, run in groupby(sentences, key=lambda sentence: sentence.role):
        start, end = _ends(run)
        parts.append(Markup(to_html(abstract[at:start])))  # noqa: S704  # to_html escapes
        inner = Markup("").join(_with_short_forms(abstract, start, end, places))
        name = ROLE_NAMES.get(role, "")
        parts.append(_RUN.format(name, role, inner) if name else inner)
        at = end
    parts.append(Markup(to_html(abstract[at:])))  # noqa: S704  # to_html escapes
    return Markup("").join(parts)


def short_forms(
    abstract: str, marks: Iterable[AcronymMark], defined: Iterable[Acronym]
) -> list[Place]:
    """Where short forms stand, in order, apart from the long form that defines them.

    One that the paper does not define says where its long form comes from.
    """
    own = {short_key(one.short): one for one in defined}
    found: list[Place] = []
    for mark in marks:
        acronym = own.get(short_key(mark.short))
        if _in_formula(abstract, mark.start):
            continue
        if acronym and _beside(abstract, mark, acronym):
            continue
        long = mark.long if mark.defined else f"in other papers: {mark.long}"
        found.append((mark.start, mark.end, long))
    return found


def _beside(abstract: str, mark: AcronymMark, acronym: Acronym) -> bool:
    """Whether the long form stands around a short form, or next to it but for brackets."""
    if acronym.start < 0:
        return False
    before = mark.end <= acronym.start
    between = abstract[mark.end : acronym.start] if before else abstract[acronym.end : mark.start]
    return len(between) <= _BESIDE and not any(map(str.isalnum, between))


def _with_short_forms(
    abstract: str, start: int, end: int, places: Iterable[Place]
) -> Iterator[Markup]:
    """A part of the abstract; a short form is explained once in it."""
    told: set[str] = set()
    at = start
    for first, last, long in places:
        if first < at or last > end or long in told:
            continue
        told.add(long)
        yield Markup(to_html(abstract[at:first]))  # noqa: S704  # to_html escapes
        yield _SHORT.format(abstract[first:last], long)
        at = last
    yield Markup(to_html(abstract[at:end]))  # noqa: S704  # to_html escapes


def _ends(run: Iterable[Sentence]) -> tuple[int, int]:
    sentences = list(run)
    return sentences[0].start, sentences[-1].end


def _in_formula(text: str, at: int) -> bool:
    return text.count("$", 0, at) % 2 == 1
