"""The query language: words, "phrases", -not, OR, fields, and exclusions said in words.

Nothing a person types is an error. What is not understood is searched as words, and a note
says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from broadsheet.index import Clause, Filters, WordQuery
from broadsheet.papers import parse_identifier
from broadsheet.search.exclusions import Exclusion, doubtful_exclusion, natural_exclusion
from broadsheet.search.fields import FILTER_FIELDS, TAKES, read_filter, widen
from broadsheet.search.reading import Part, PartKind, Reading
from broadsheet.search.scan import Scanned, Token, scan, tidy

TITLE_FIELDS = frozenset({"title", "ti"})
AUTHOR_FIELDS = frozenset({"author", "au"})
FIELDS = FILTER_FIELDS | TITLE_FIELDS
# A longer text, or one that ends like a sentence, is prose: its quotation marks set words off
# and demand nothing. (As demands they cost NFCorpus dev .0025 nDCG@10.)
PROSE = 12  # tokens

_IDENTIFIER_SCHEMES = frozenset({"arxiv", "doi", "acl", "openreview", "url"})
_NAMED_ID = re.compile(r"[\w-]+:\S+")


@dataclass(frozen=True, slots=True)
class _Piece:
    """An understood stretch of the query."""

    kind: PartKind
    text: str
    start: int
    end: int
    clauses: tuple[Clause, ...] = ()
    meaning: str = ""
    filters: Filters | None = None
    away: tuple[str, ...] = ()


@dataclass(slots=True)
class _Pieces:
    """What has been understood so far."""

    text: str
    found: list[_Piece] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def continues(self, token: Token) -> bool:
        """Whether a bracket that groups nothing stands at a word, and so belongs to its text."""
        if token.kind == "open":
            return self.text[token.end : token.end + 1].isalnum()
        return bool(self.found) and self.found[-1].kind == "words"

    def words(self, start: int, end: int) -> None:
        """Takes a stretch of plain words; it joins the one before when nothing is between."""
        given = self.text[start:end]
        if self.found and self.found[-1].kind == "words":
            start = self.found.pop().start
            given = self.text[start:end]
        self.found.append(_Piece("words", given, start, end, (Clause(given),), given))


def read_as_words(query: str) -> Reading:
    """The reading of a text in which no character is syntax."""
    scanned = scan(query, frozenset())
    words = WordQuery.of(scanned.text) if scanned.text else WordQuery()
    return Reading(tidy(query), words, scanned.text)


def parse(query: str) -> Reading:
    """Reads a query; never raises, whatever it holds."""
    scanned = scan(query, FIELDS)
    text = scanned.text
    identifier = _identifier(text)
    if identifier:
        part = Part("identifier", identifier, text, "")
        return Reading(text, WordQuery.of(text), text, None, identifier, (part,), scanned.notes)
    pieces = _Pieces(text, notes=list(scanned.notes))
    _read(scanned, pieces)
    if _read_exclusion(pieces, natural_exclusion(text[: _words_end(pieces)])):
        return _reading(text, pieces)
    reading = _reading(text, pieces)
    perhaps = doubtful_exclusion(text[: _words_end(pieces)])
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
    name = text.partition(":")[0].lower()
    return text if _NAMED_ID.fullmatch(text) and name not in FIELDS else ""


def _read(scanned: Scanned, pieces: _Pieces) -> None:
    tokens = scanned.tokens
    prose = len(tokens) > PROSE or scanned.text.endswith((".", "?", "!"))
    if prose and any(_is_quoted(token) for token in tokens):
        pieces.notes.append(
            "In a sentence, quotation marks demand nothing: they are read as words."
        )
    at = 0
    while at < len(tokens):
        length = _read_group(tokens, at, pieces) or _read_negation(tokens, at, pieces)
        if not length:
            _read_token(tokens[at], pieces, prose=prose)
            length = 1
        at += length


def _is_quoted(token: Token) -> bool:
    return token.kind == "phrase" and not token.field and not token.negated


def _read_token(token: Token, pieces: _Pieces, *, prose: bool) -> None:
    given = pieces.text[token.start : token.end]
    piece = None
    if token.negated:
        piece = _excluded(token)
        if piece is None:
            pieces.notes.append(
                f"{given} is searched as words: only words, phrases, titles and authors can be"
                " excluded."
            )
    elif token.field in TITLE_FIELDS:
        clause = Clause(token.text, "title", token.kind == "phrase", "must")
        said = f"“{token.text}” in the title" if token.kind == "phrase" else token.text
        piece = _Piece("title", said, token.start, token.end, (clause,), token.text)
        if token.kind == "word":
            piece = replace(piece, text=f"{token.text} in the title")
    elif token.field:
        read = read_filter(token.field, token.text)
        if read:
            piece = _Piece(read[0], read[1], token.start, token.end, filters=read[2])
        else:
            takes = TAKES[token.field]
            pieces.notes.append(f"{given} is searched as words: {token.field}: takes {takes}.")
    elif token.kind == "phrase" and not prose:
        clause = Clause(token.text, phrase=True, occur="must")
        said = f"“{token.text}”"
        piece = _Piece("phrase", said, token.start, token.end, (clause,), token.text)
    if piece:
        pieces.found.append(piece)
    elif token.kind in {"word", "phrase"} or pieces.continues(token):
        pieces.words(token.start, token.end)


def _excluded(token: Token) -> _Piece | None:
    """The piece for ``-word``, ``-"a phrase"``, ``-title:word`` and ``-author:name``."""
    if token.field and token.field not in TITLE_FIELDS | AUTHOR_FIELDS:
        return None
    phrase = token.kind == "phrase" and token.field not in AUTHOR_FIELDS
    where = ""
    clause = Clause(token.text, phrase=phrase, occur="must_not")
    if token.field in TITLE_FIELDS:
        clause, where = replace(clause, field="title"), " in the title"
    elif token.field in AUTHOR_FIELDS:
        clause, where = replace(clause, field="author"), " as an author"
    said = f"not {token.text}{where}"
    away = () if where else (token.text,)
    return _Piece("exclude", said, token.start, token.end, (clause,), away=away)


def _read_negation(tokens: tuple[Token, ...], at: int, pieces: _Pieces) -> int:
    """``NOT word``, in capitals within a text that is not all capitals."""
    if tokens[at].text != "NOT" or at + 1 == len(tokens) or not _has_lower_case(pieces.text):
        return 0
    token = tokens[at + 1]
    if tokens[at].kind != "word" or token.kind not in {"word", "phrase"} or token.negated:
        return 0
    piece = _excluded(token)
    if piece is None:
        return 0
    pieces.found.append(replace(piece, start=tokens[at].start))
    return 2


def _has_lower_case(text: str) -> bool:
    return any(character.islower() for character in text)


def _read_group(tokens: tuple[Token, ...], at: int, pieces: _Pieces) -> int:
    """``a OR b`` of single words and phrases, or ``(some words OR others)`` in brackets.

    Between longer runs of words without brackets OR asks for nothing that a bag of words does
    not give: papers of either rank by what they have.
    """
    bracketed = tokens[at].kind == "open"
    end = _closing(tokens, at) if bracketed else _chain(tokens, at)
    if end <= at:
        return 0
    inner = tokens[at + 1 : end] if bracketed else tokens[at : end + 1]
    alternatives = _alternatives(inner)
    if len(alternatives) < 2 or not all(alternatives):
        return 0
    members = tuple(clause for run in alternatives if (clause := _alternative(run, pieces.text)))
    if len(members) < len(alternatives):
        return 0
    said = " or ".join(f"“{one.text}”" if one.phrase else one.text for one in members)
    meaning = " ".join(member.text for member in members)
    group = Clause(occur="must", any_of=members)
    start, stop = tokens[at].start, tokens[end].end
    pieces.found.append(_Piece("any", said, start, stop, (group,), meaning))
    return end - at + 1


def _is_or(token: Token) -> bool:
    return token.kind == "word" and not token.field and token.text in {"OR", "|", "||"}


def _is_plain(token: Token) -> bool:
    free = not token.negated and (not token.field or token.field in TITLE_FIELDS)
    return free and token.kind in {"word", "phrase"} and not _is_or(token)


def _closing(tokens: tuple[Token, ...], at: int) -> int:
    """The place of the bracket that closes the one at ``at``; -1 when others are between."""
    for place in range(at + 1, len(tokens)):
        if tokens[place].kind == "close":
            return place
        if tokens[place].kind == "open":
            return -1
    return -1


def _chain(tokens: tuple[Token, ...], at: int) -> int:
    """The last place of a chain ``a OR b OR c`` of single items that begins here, else -1."""
    if at and not (_stands_alone(tokens[at - 1]) or _stands_alone(tokens[at])):
        return -1
    end = at
    while (
        end + 2 < len(tokens)
        and _is_plain(tokens[end])
        and _is_or(tokens[end + 1])
        and _is_plain(tokens[end + 2])
    ):
        end += 2
    if end == at:
        return -1
    if end + 1 == len(tokens):
        return end
    after = tokens[end + 1]
    alone = _stands_alone(tokens[end]) or _stands_alone(after)
    return end if alone and not _is_or(after) else -1


def _stands_alone(token: Token) -> bool:
    """Whether a token is an item by itself, and no part of a run of plain words."""
    return bool(token.field) or token.negated or token.kind != "word"


def _alternatives(tokens: tuple[Token, ...]) -> list[list[Token]]:
    runs: list[list[Token]] = [[]]
    for token in tokens:
        if _is_or(token):
            runs.append([])
        else:
            runs[-1].append(token)
    return runs


def _alternative(run: list[Token], text: str) -> Clause | None:
    """One side of an OR: a phrase, a word in a title, or a run of plain words."""
    if not all(_is_plain(token) for token in run):
        return None
    first = run[0]
    if len(run) == 1:
        where = "title" if first.field else "text"
        return Clause(first.text, where, first.kind == "phrase")  # type: ignore[arg-type]
    if any(token.field or token.kind == "phrase" for token in run):
        return None
    return Clause(text[first.start : run[-1].end])


def _words_end(pieces: _Pieces) -> int:
    """Where the plain words at the end of the query end; 0 when it does not end in any."""
    last = pieces.found[-1] if pieces.found else None
    return last.end if last and last.kind == "words" else 0


def _read_exclusion(
    pieces: _Pieces, found: Exclusion | None, *, certain: bool = True
) -> Exclusion | None:
    """Takes an exclusion in words out of the plain words at the end of the query.

    Of one that is not certain no paper is left out for a word.
    """
    last = pieces.found[-1] if found else None
    if found is None or last is None or found.start < last.start:
        return None
    pieces.found.pop()
    if pieces.text[last.start : found.start].strip():
        pieces.words(last.start, found.start)
    clauses = tuple(Clause(name, phrase=True, occur="must_not") for name in found.names)
    said = f"not {' or '.join(found.names)}"
    kept = clauses if certain else ()
    pieces.found.append(_Piece("exclude", said, found.start, last.end, kept, away=found.names))
    return found


def _reading(text: str, pieces: _Pieces) -> Reading:
    filters: Filters | None = None
    for piece in pieces.found:
        if piece.filters:
            filters = widen(filters, piece.filters) if filters else piece.filters
    parts = tuple(
        Part(
            piece.kind,
            piece.text,
            text[piece.start : piece.end].strip(" ,"),
            tidy(text[: piece.start] + " " + text[piece.end :]).strip(" ,"),
        )
        for piece in pieces.found
    )
    return Reading(
        query=text,
        words=WordQuery(tuple(clause for piece in pieces.found for clause in piece.clauses)),
        meaning=tidy(" ".join(piece.meaning for piece in pieces.found)),
        filters=filters,
        parts=parts,
        notes=tuple(dict.fromkeys(pieces.notes)),
        away=tuple(dict.fromkeys(name for piece in pieces.found for name in piece.away)),
    )
