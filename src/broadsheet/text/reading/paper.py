"""One paper read: all parts, from one preparation."""

from __future__ import annotations

from broadsheet.text.acronyms import defined_acronyms
from broadsheet.text.links import found_links
from broadsheet.text.negation import denials
from broadsheet.text.reading.document import prepare
from broadsheet.text.reading.roles import role_shares, sentence_roles
from broadsheet.text.reading.segments import Segments
from broadsheet.text.reading.summary import card, summary
from broadsheet.text.reading.values import Document, Reading, Sentence, Span
from broadsheet.text.terms import keywords

# Raised when any part changes: the worker then reads every paper again.
READING_VERSION = 3

# More sentences than any abstract has: a whole text, whose sentences have no such roles.
_MOST_SENTENCES = 60
_MOST_TOKENS = 3_000
_LEAST_KNOWN = 0.12
_SMALL_WORDS = (
    "the of and to in a is that we for are with on this by as our an be it from which can has have"
    " or at these not using its was than such"
)
_KNOWN_WORDS = frozenset(_SMALL_WORDS.split())


def read_paper(title: str, abstract: str) -> Reading:
    """What a paper says at a glance; both texts as the catalog stores them.

    Pure, linear in their length, never raises.
    """
    document = prepare(title, abstract)
    if not _has_roles(document):
        plain = tuple(Sentence(span.start, span.end, "", 0.0) for span in document.sentences)
        return Reading(
            sentences=plain,
            keywords=keywords(document),
            acronyms=defined_acronyms(document),
            links=found_links(abstract),
        )
    segments = Segments(document)
    shares = role_shares(segments)
    shown = card(segments, shares)
    return Reading(
        sentences=sentence_roles(segments, shares),
        problem=shown.problem,
        idea=shown.idea,
        result=shown.result,
        summary=summary(segments, shares),
        keywords=keywords(document),
        acronyms=defined_acronyms(document),
        denied=tuple(denial.scope for denial in denials(abstract)),
        links=found_links(abstract),
    )


def one_line(document: Document) -> Span | None:
    """`Reading.summary` alone."""
    if not _has_roles(document):
        return None
    segments = Segments(document)
    return summary(segments, role_shares(segments))


def _has_roles(document: Document) -> bool:
    """Whether it is an abstract in the language that the models know, and not a shout."""
    if not 0 < len(document.sentences) <= _MOST_SENTENCES:
        return False
    if len(document.tokens) > _MOST_TOKENS:
        return False
    words = [token.text for token in document.tokens[:300] if token.text[0].isalpha()]
    known = sum(word.lower() in _KNOWN_WORDS for word in words)
    shouted = sum(word.isupper() and len(word) > 1 for word in words)
    return known >= _LEAST_KNOWN * len(words) and known >= 2 and 2 * shouted <= len(words)
