"""What is written as one word or apart. Letters and figures: who asks for "CO2" also finds
"CO$_2$", for "H2" "H$_2$", for "GPT4o" also "GPT-4o", for "Qwen 2.5" also "Qwen2.5", for "3-D" also
"3D", for "text2sql" also "text-to-SQL". And words: "finetuning" is "fine-tuning" and "fine tuning",
"U-Net" is "UNet", "kmeans" "k-means".

The index cuts words where letters and figures are apart in a text, and nowhere else. As with
acronyms, what is added only adds to scores, and may stand in for what was written. Figures before
a unit ("5mmol") and after a small letter within a name ("miR7a") are left alone: as phrases of
their parts they found other things (SciFact nDCG@10 -.0003, 0 won, 3 lost), and so are names with
a whole number behind a blank ("PGE 2": -.0003, 0 won, 2 lost).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from broadsheet.index import Clause, Index, WordQuery
from broadsheet.search.acronyms import form_weight
from broadsheet.search.evidence import papers_with
from broadsheet.search.pipeline import Stage, reads
from broadsheet.search.reading import OtherForm, Reading

MOST = 2  # compounds of one query
_RUN = re.compile(r"[^\W\d_]+|\d+", re.ASCII)
_NAME, _VERSION = r"[A-Za-z]{2,10}", r"\d{1,2}\.\d{1,2}"
_FIGURES = rf"(?:{_VERSION}|\d{{1,2}})"
_FORMULA = r"(?=[A-Za-z]*\d)(?:[A-Z][a-z]?\d{0,2}){2,6}"
# With a letter behind the figures: GPT-4o, IL-17A. Letters of one case, else "miR7a" is one.
_LETTERED = r"(?:[A-Z]{2,10}|[a-z]{2,10})"
_JOINED_LETTERED = re.compile(rf"(?<![\w.-])({_LETTERED})({_FIGURES}[A-Za-z])(?![\w-]|\.\d)")
_APART_LETTERED = re.compile(rf"(?<![\w.-])({_LETTERED})-({_FIGURES}[A-Za-z])(?![\w-]|\.\d)")
_SIDE = "[A-Za-z]{3,12}"
_TWO = re.compile(rf"(?<![\w.-])({_SIDE})2({_SIDE})(?![\w-])", re.ASCII)
_TO = re.compile(rf"(?<![\w.-])({_SIDE})([ -])to\2({_SIDE})(?![\w-])", re.ASCII)
_JOINED = re.compile(rf"(?<![\w.-])(?:{_NAME}{_FIGURES}|{_FORMULA}|[A-Z]\d|\d[DdKk])(?![\w-]|\.\d)")
# Apart by a blank, a hyphen, or as a formula sets figures low.
_SET = r"[_$^{}]{1,3}"
_APART = re.compile(
    rf"(?<![\w.-])(?:{_NAME}(?: {_VERSION}|-{_FIGURES})|\d[ -][DdKk]"
    rf"|(?:[A-Z][a-z]?){{1,4}}(?:{_SET}\d{{1,2}}(?:{_SET}(?:[A-Z][a-z]?){{0,4}})?)+)(?![\w-]|\.\d)"
)

# Two words or one. Of a word that papers know, the parts are looked for where it begins as such
# words do; papers that write it apart are to be a share of those that write it as one, since
# "bench mark" is a slip.
_BEGINNINGS = re.compile(
    r"(?:anti|auto|co|cross|deep|few|fine|hyper|inter|intra|meta|micro|mid|multi|nano|neuro|non|open"
    r"|over|post|pre|pseudo|quasi|real|self|semi|spatio|sub|super|time|ultra|under|zero)"
    r"(?=[a-z]{4})",
    re.IGNORECASE,
)
_INSIDE = re.compile(r"(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])")  # U|Net, Auto|GPT
APART_SHARE, FEWEST_APART = 0.05, 2
RARE = 1e-4  # share of the papers up to which every place of a word is tried
_SHORTEST, _LONGEST = 6, 24
_LETTERS = re.compile(r"[^\W\d_]+")
_LETTERED_WORD = re.compile(r"[b-hj-rt-z][a-z]{3,12}")  # kmeans, tsne; an s is of the word before


def compounds() -> Stage:
    """Adds to the words looked for the other way of writing letters and figures."""
    return reads("compounds", lambda search: read_compounds(search.reading, search.index))


def read_compounds(reading: Reading, index: Index) -> Reading:
    """A query's reading with the other forms of its compounds that papers have."""
    forms = []
    clauses = reading.words.clauses
    found = (*_other_forms(reading), *_other_words(reading, index))
    for written, other in list(dict.fromkeys(found))[:MOST]:
        given = written
        words = index.words(other)
        if not (words and words[0].term and words[-1].term):
            continue  # without its "no" NO 2 is any 2
        # Less than what it stands for: else papers that write both ways came first.
        weight = form_weight(index, given, other)
        phrase = len(words) > 1
        member = Clause(other, phrase=phrase, weight=weight)
        if index.count_words(WordQuery((replace(member, occur="must"),))):
            if not index.frequencies([word.term for word in index.words(written)]).any():
                # No paper writes it so: the other way is what is asked for.
                clauses = tuple(_rewritten(clause, written, other) for clause in clauses)
                given = other
            forms.append(OtherForm(given, other, False, Clause(any_of=(member,))))
    if not forms:
        return reading
    return replace(reading, words=WordQuery(clauses)).also(forms)


def _rewritten(clause: Clause, written: str, other: str) -> Clause:
    if not clause.is_plain:
        return clause
    return replace(clause, text=clause.text.replace(written, other))


def _other_forms(reading: Reading) -> Iterator[tuple[str, str]]:
    for clause in reading.plain:
        for match in _JOINED.finditer(clause.text):
            yield match[0], " ".join(_RUN.findall(match[0]))
        for match in _APART.finditer(clause.text):
            yield match[0], re.sub(r"[^A-Za-z\d.]", "", match[0])
        for match in _JOINED_LETTERED.finditer(clause.text):
            yield match[0], f"{match[1]} {match[2]}"
        for match in _APART_LETTERED.finditer(clause.text):
            yield match[0], match[1] + match[2]
        for match in _TWO.finditer(clause.text):
            yield match[0], f"{match[1]} to {match[2]}"
        for match in _TO.finditer(clause.text):
            yield match[0], f"{match[1]}2{match[3]}"


def _other_words(reading: Reading, index: Index) -> Iterator[tuple[str, str]]:
    for clause in reading.plain:
        words = list(_LETTERS.finditer(clause.text))
        for one, other in pairwise(words):
            pair, beside = one[0] + other[0], clause.text[one.end() : other.start()]
            if beside not in {" ", "-"} or papers_with(pair, index) < FEWEST_APART:
                continue
            if all(word.term for word in index.words(f"{one[0]} {other[0]}")):
                yield clause.text[one.start() : other.end()], pair
        for word in words:
            apart = _apart(word[0], index)
            if apart:
                yield word[0], apart


def _apart(word: str, index: Index) -> str:
    """The two words that papers write for one, the commonest; '' where there are none."""
    of_length = _SHORTEST <= len(word) <= _LONGEST or _LETTERED_WORD.fullmatch(word)
    if not (of_length or _INSIDE.search(word)) or not word.isascii():
        return ""
    known = papers_with(word, index)
    begun = _BEGINNINGS.match(word)
    places = {match.start() for match in _INSIDE.finditer(word)} | (
        {begun.end()} if begun else set()
    )
    if not places and known <= RARE * index.size:
        places = set(range(2, len(word) - 2)) if len(word) >= _SHORTEST else set()
        places |= {1} if _LETTERED_WORD.fullmatch(word) else set()
    counts = {
        pair: index.count_words(WordQuery((Clause(pair, phrase=True, occur="must"),)))
        for pair in (f"{word[:at]} {word[at:]}" for at in sorted(places))
        if all(papers_with(part, index) for part in pair.split())
    }
    best = max(counts, key=lambda pair: counts[pair], default="")
    enough = best and counts[best] >= max(FEWEST_APART, APART_SHARE * known)
    return best if enough else ""
