"""Which words a work is filed as denying: those of what it excludes that stand nowhere else."""

from __future__ import annotations

import random

import pytest

from broadsheet.index import analysis
from broadsheet.index.denying import denied_words

_BASE_WORDS = "hop v rat pol learn nation comput stabil generaliz d l t sk cr abilit gentl 3d u"
_ENDING_WORDS = "s es e ie ed ing ying ies ied y ly ion ions ization ational ative able ability ous"
BASES, ENDINGS = _BASE_WORDS.split(), ["", *_ENDING_WORDS.split()]


@pytest.mark.parametrize(
    ("title", "abstract", "summary", "words"),
    [
        ("Tuning", "We tune models without gradients or labels.", "", "gradients labels"),
        ("Tuning", "We tune models without Gradients.", "", "Gradients"),
        ("A gradient", "We tune models without gradients or labels.", "", "labels"),
        ("Tuning", "We tune without labels. Labelled data is dear.", "", ""),
        ("Tuning", "We tune without labels.", "No LABEL!", ""),
        ("Label-rich tuning", "We tune without labels.", "", ""),
        ("Unlabeled tuning", "We tune without labels.", "", "labels"),
        ("Ångström–labels", "We tune without labels or ångströms.", "", ""),
        ("Résumés", "We hire without resumes or naïve rules.", "", "naïve rules"),
        ("They lie", "They act without lying or dying.", "", "dying"),
        ("Tuning", "Existing models cannot count objects.", "", ""),
        ("Tuning", "We tune models.", "", ""),
    ],
)
def test_only_words_said_nowhere_else_are_denied(
    title: str, abstract: str, summary: str, words: str
) -> None:
    assert denied_words(title, abstract, summary) == words


def test_a_word_is_said_in_whatever_form_is_filed_under_its_term() -> None:
    forms = sorted({base + ending for base in BASES for ending in ENDINGS})
    pairs = [(one, other) for one in forms for other in forms if one[0] == other[0]]
    for denied, said in random.Random(7).sample(pairs, 3_000):
        term, known = (analysis.terms(word, "text") for word in (denied, said))
        filed = denied if term and term != known else ""

        assert denied_words(f"On {said}.", f"It runs without {denied}.", "") == filed
