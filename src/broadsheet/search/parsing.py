"""The query language: words, "phrases", -not, OR, fields, and exclusions said in words.

Nothing a person types is an error. What is not understood is searched as words, and a note
says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from broadsheet.index import Clause, Filters, WordQuery
from broadsheet.papers import parse_identifier
from broadsheet.search.alternatives import (
    NOT,
    OR_PASSED_OVER,
    is_and,
    is_or,
    is_passed_over,
    is_word,
    read_group,
    read_negated_group,
    text_clauses,
)
from broadsheet.search.asking import asks, without_asking, without_versus
from broadsheet.search.exclusions import Exclusion, doubtful_exclusion, natural_exclusion
from broadsheet.search.fields import TAKES, author_names, is_subject, read_filter, widen
from broadsheet.search.naming import entry_title, names_in
from broadsheet.search.pieces import (
    FIELDS,
    TEXT_FIELDS,
    TITLE_FIELDS,
    Piece,
    Pieces,
    begun,
    is_whole,
    side_by_side,
    titled,
)
from broadsheet.search.reading import Part, Reading
from broadsheet.search.requests import topic, without_papers
from broadsheet.search.scan import Scanned, Token, scan, tidy
from broadsheet.search.times import dated, read_days

AUTHOR_FIELDS = frozenset({"author", "authors", "au"})
# A longer text, or one that ends like a sentence, is prose: its quotation marks set words off
# and demand nothing. (As demands they cost NFCorpus dev .0025 nDCG@10.)
PROSE = 12  # words, and phrases among them

_IDENTIFIER_SCHEMES = frozenset({"arxiv", "doi", "acl", "openreview", "url"})
# The field of arXiv's query language that papers are not searched by here.
_ARXIV_ONLY = re.compile(r"-?lastUpdatedDate:\S")
_UNKNOWN = "{} is passed over: the day of an update is no field here."
_NAMED_ID = re.compile(r"[\w-]+:\S+")


def read_as_words(query: str) -> Reading:
    """The reading of a text in which no character is syntax."""
    scanned = scan(query, frozenset())
    about = without_papers(topic(scanned.text))
    looked_for = without_versus(without_asking(about) if asks(scanned.text) else about)
    words = WordQuery.of(looked_for or about) if about else WordQuery()
    parts = (Part("words", about, scanned.text, ""),) if about else ()
    return Reading(tidy(query), words, about, parts=parts)


def parse(query: str, today: date | None = None) -> Reading:
    """Reads a query; never raises, whatever it holds. Days such as "last week" are seen from
    ``today``, by default the day that it is."""
    today = today or date.today()
    scanned = dated(scan(query, FIELDS), today)
    named, rest = names_in(scanned.text)
    title = entry_title(scanned.text)
    if title:
        return replace(_entry(scanned, title), named=named, rest=title)
    return replace(_parsed(scanned, today), named=named, rest=rest)


def _entry(scanned: Scanned, title: str) -> Reading:
    """The reading of an entry of BibTeX, which asks for the paper of its title."""
    return replace(
        read_as_words(title),
        query=scanned.text,
        parts=(Part("words", title, scanned.text, ""),),
        notes=(*scanned.notes, "Of an entry of BibTeX the title is searched for."),
    )


def _parsed(scanned: Scanned, today: date) -> Reading:
    """The reading of a text as if it named no paper among its words."""
    text = scanned.text
    identifier = _identifier(text)
    if identifier:
        part = Part("identifier", identifier, text, "")
        return Reading(text, WordQuery.of(text), text, None, identifier, (part,), scanned.notes)
    pieces = Pieces(text, notes=list(scanned.notes))
    _read(scanned, pieces)
    if not _is_prose(scanned):
        read_days(pieces, today)
    said = text[: pieces.words_end()]
    if _read_exclusion(pieces, natural_exclusion(said)):
        return _reading(text, pieces)
    reading = _reading(text, pieces)
    perhaps = doubtful_exclusion(said)
    if perhaps and _read_exclusion(pieces, perhaps, certain=False):
        reading = replace(reading, doubtful=_reading(text, pieces))
    return reading


def _identifier(text: str) -> str:
    """The query when the whole of it can only be the name of a paper."""
    if not text or " " in text:
        return ""
    identifier, _ = parse_identifier(text)
    if identifier.scheme in _IDENTIFIER_SCHEMES:
        return text
    name = text.partition(":")[0].lstrip("-").lower()  # -author:name excludes
    known = name in FIELDS or _ARXIV_ONLY.match(text)
    return text if _NAMED_ID.fullmatch(text) and not known else ""


def _read(scanned: Scanned, pieces: Pieces) -> None:
    tokens = scanned.tokens
    prose = _is_prose(scanned)
    if prose and any(_is_quoted(token) for token in tokens):
        pieces.notes.append(
            "In a sentence, quotation marks demand nothing: they are read as words."
        )
    pieces.notes.extend(_apart(token) for token in tokens if _is_apart(token))
    at = 0
    while at < len(tokens):
        length = (
            read_group(tokens, at, pieces)
            or _read_negation(tokens, at, pieces)
            or _read_unknown(tokens[at], pieces)
        )
        if not length:
            if is_passed_over(tokens, at, prose=prose):
                pieces.notes.append(OR_PASSED_OVER)
            elif not is_and(tokens, at, prose=prose):
                _read_token(tokens[at], pieces, prose=prose)
            length = 1
        at += length


def _is_prose(scanned: Scanned) -> bool:
    """Whether a query is a sentence or more; filters and exclusions are no words of one."""
    words = [token for token in scanned.tokens if is_word(token) and not is_or(token)]
    quoted = [token for token in scanned.tokens if _is_quoted(token)]
    if len(words) + len(quoted) > PROSE and len(words) > len(quoted):
        return True
    said = [token for token in scanned.tokens if not token.field and not token.negated]
    return any(is_word(token) and token.text.endswith((".", "?", "!")) for token in said[-1:])


def _is_apart(token: Token) -> bool:
    """Whether a token is the name of a field that nothing stands right behind; "CAT:" begins a
    title."""
    name = token.text.lstrip("-")
    known = name.endswith(":") and name[:-1].lower() in FIELDS
    return known and token.kind == "word" and name != name.upper()


def _apart(token: Token) -> str:
    return (
        f"{token.text} is searched as a word: what it takes stands right behind the colon, several"
        " words in quotation marks."
    )


def _read_unknown(token: Token, pieces: Pieces) -> int:
    if token.kind != "word" or token.field or not _ARXIV_ONLY.match(token.text):
        return 0
    pieces.notes.append(_UNKNOWN.format(pieces.text[token.start : token.end]))
    # Nothing, which parts the words around it.
    pieces.found.append(Piece("note", "", token.start, token.end))
    return 1


def _is_quoted(token: Token) -> bool:
    return token.kind == "phrase" and not token.field and not token.negated


def _read_token(token: Token, pieces: Pieces, *, prose: bool) -> None:
    given = pieces.text[token.start : token.end]
    piece = None
    if token.negated:
        piece = _excluded(token)
        if piece is None:
            pieces.notes.append(_unread(token, given))
    elif token.field in TITLE_FIELDS:
        piece = begun(token) or titled(token)
    elif token.field in TEXT_FIELDS:
        piece = begun(token) or _anywhere(token)
    elif token.field:
        read = read_filter(token.field, token.text)
        if read:
            piece = Piece(read[0], read[1], token.start, token.end, filters=read[2])
        else:
            pieces.notes.append(_unread(token, given))
    elif token.kind == "word" and not prose and is_subject(token.text):
        kind, said, filters = read_filter("cat", token.text) or ("words", given, None)
        piece = Piece(kind, said, token.start, token.end, filters=filters)
    elif not prose:
        piece = side_by_side(token) if token.kind == "phrase" else begun(token)
    if piece:
        pieces.found.append(piece)
    elif token.kind in {"word", "phrase"} or pieces.continues(token):
        pieces.words(token.start, token.end)


def _anywhere(token: Token) -> Piece:
    """The piece for ``abs:word`` and for ``all:word``, which a paper may also be by."""
    members = text_clauses(token)
    text = members[0].text
    clause = replace(members[0], occur="must")
    if len(members) > 1:
        clause = Clause(occur="must", any_of=members)
    said = f"“{text}”" if members[0].phrase else text
    where = "in the text" if token.field == "abs" else "in the text or as an author"
    return Piece("phrase", f"{said} {where}", token.start, token.end, (clause,), text)


def _unread(token: Token, given: str) -> str:
    return f"{given} is searched as words: {token.field}: takes {TAKES[token.field]}."


def _excluded(token: Token) -> Piece | None:
    """The piece for ``-word``, ``-"a phrase"``, ``-title:word``, ``-author:name`` and any other
    filter; None for a value that makes no sense."""
    if token.field in TEXT_FIELDS:
        (clause,) = _anywhere(token).clauses
        clause = replace(clause, occur="must_not")
        said = f"not {token.text}"
        return Piece("exclude", said, token.start, token.end, (clause,), away=(token.text,))
    if token.field and token.field not in TITLE_FIELDS | AUTHOR_FIELDS:
        read = read_filter(token.field, token.text)
        if read is None:
            return None
        left_out = Filters(none_of=(read[2],))
        return Piece("exclude", f"not {read[1]}", token.start, token.end, filters=left_out)
    # Of "-k-means" or "-fine-tuning" the parts by themselves leave nothing out.
    phrase = is_whole(token) and token.field not in AUTHOR_FIELDS
    where = ""
    clause = Clause(token.text, phrase=phrase, occur="must_not")
    if piece := begun(token):
        clause = replace(piece.clauses[0], occur="must_not")
    if token.field in TITLE_FIELDS:
        clause, where = replace(clause, field="title"), " in the title"
    elif token.field in AUTHOR_FIELDS:
        clause, where = replace(clause, field="author"), " as an author"
        names = author_names(token.text)
        if len(names) == 1:  # who is left out together is two, and stays as it is written
            clause = replace(clause, text=names[0])
    said = f"not {token.text}{where}"
    away = () if where else (token.text,)
    return Piece("exclude", said, token.start, token.end, (clause,), away=away)


def _read_negation(tokens: tuple[Token, ...], at: int, pieces: Pieces) -> int:
    """``NOT word``, in capitals within a text that is not all capitals."""
    if tokens[at].text not in NOT or at + 1 == len(tokens) or not _has_lower_case(pieces.text):
        return 0
    token = tokens[at + 1]
    if tokens[at].kind == "word" and token.kind == "open":
        taken = read_negated_group(tokens, at + 1, pieces)
        if taken and pieces.found and pieces.found[-1].start == token.start:
            pieces.found[-1] = replace(pieces.found[-1], start=tokens[at].start)
        return taken + bool(taken)
    if tokens[at].kind != "word" or token.kind not in {"word", "phrase"} or token.negated:
        return 0
    piece = _excluded(token)
    if piece is None:
        return 0
    pieces.found.append(replace(piece, start=tokens[at].start))
    return 2


def _has_lower_case(text: str) -> bool:
    return any(character.islower() for character in text)


def _read_exclusion(
    pieces: Pieces, found: Exclusion | None, *, certain: bool = True
) -> Exclusion | None:
    """Takes an exclusion in words out of the plain words at the end of the query.

    Of one that is not certain no paper is left out for a word.
    """
    place = pieces.last_words()
    if found is None or place < 0 or found.start < pieces.found[place].start:
        return None
    last, *filters = pieces.found[place:]
    del pieces.found[place:]
    if pieces.text[last.start : found.start].strip():
        pieces.words(last.start, found.start)
    clauses = tuple(Clause(name, phrase=True, occur="must_not") for name in found.names)
    said = f"not {' or '.join(found.names)}"
    kept = clauses if certain else ()
    pieces.found.append(Piece("exclude", said, found.start, last.end, kept, away=found.names))
    pieces.found.extend(filters)
    return found


def _clauses(text: str, pieces: Pieces) -> list[Clause]:
    """What is looked for by words; of a question, what it asks about, if it names anything."""
    clauses = [
        replace(clause, text=without_versus(clause.text)) if piece.kind == "words" else clause
        for piece in pieces.found
        for clause in piece.clauses
    ]
    if not asks(text):
        return clauses
    about = [
        replace(clause, text=without_asking(clause.text)) if clause.is_plain else clause
        for clause in clauses
    ]
    about = [clause for clause in about if clause.text or clause.any_of]
    return about if any(clause.occur != "must_not" for clause in about) else clauses


def _about(found: Sequence[Piece]) -> list[Piece]:
    """The pieces without what only requests papers, before the first words and after the last."""
    pieces = list(found)
    places = [place for place, piece in enumerate(pieces) if piece.kind == "words"]
    for place in places:
        about = pieces[place].text
        if place == places[0]:
            about = topic(about, more=len(pieces) > 1)
        if place == places[-1]:
            about = without_papers(about)
        if about != pieces[place].text:
            pieces[place] = replace(
                pieces[place], text=about, clauses=(Clause(about),), meaning=about
            )
    return [piece for piece in pieces if piece.text]


def _reading(text: str, pieces: Pieces) -> Reading:
    pieces = replace(pieces, found=_about(pieces.found))
    filters: Filters | None = None
    for piece in pieces.found:
        if piece.filters:
            filters = widen(filters, piece.filters) if filters else piece.filters
    words = WordQuery(tuple(_clauses(text, pieces)))
    if words.clauses and all(clause.occur == "must_not" for clause in words.clauses):
        # Nothing is looked for, so no search by words leaves them out.
        filters = replace(filters or Filters(), unmet=words.clauses)
    parts = tuple(
        Part(
            piece.kind,
            piece.text,
            text[piece.start : piece.end].strip(" ,") or text[piece.start : piece.end],
            tidy(text[: piece.start] + " " + text[piece.end :]).strip(" ,"),
        )
        for piece in pieces.found
    )
    return Reading(
        query=text,
        words=words,
        meaning=tidy(" ".join(piece.meaning for piece in pieces.found)),
        filters=filters,
        parts=parts,
        notes=tuple(dict.fromkeys(pieces.notes)),
        away=tuple(dict.fromkeys(name for piece in pieces.found for name in piece.away)),
    )
