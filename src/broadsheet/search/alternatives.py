"""OR: one of several words and phrases, or one of several filters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from broadsheet.index import Clause, Filters
from broadsheet.search.fields import FILTER_FIELDS, Read, read_filter, widen
from broadsheet.search.pieces import TEXT_FIELDS, TITLE_FIELDS, Piece, Pieces, begun, is_whole
from broadsheet.search.scan import Token

OR_PASSED_OVER = (
    "OR is passed over where it does not stand between two single words or phrases, or two"
    " fields such as cat:cs.LG; several words go in brackets together with it."
)

NOT = frozenset({"NOT", "ANDNOT"})  # the latter is arXiv's

Tokens = Sequence[Token]


def read_group(tokens: tuple[Token, ...], at: int, pieces: Pieces) -> int:
    """Reads ``a OR b`` of single words, phrases and titles, or of filters, and both in brackets,
    where a side may be several; how many tokens that took.

    Between longer runs of words without brackets OR asks for nothing that a bag of words does
    not give: papers of either rank by what they have.
    """
    bracketed = tokens[at].kind == "open"
    end = _closing(tokens, at) if bracketed else _chain(tokens, at)
    if end <= at:
        return 0
    sides = _sides(tokens[at + 1 : end] if bracketed else tokens[at : end + 1])
    if len(sides) < 2 or not all(sides):
        return 0
    start, stop = tokens[at].start, tokens[end].end
    piece = _of_words(sides, pieces.text, start, stop) or _of_filters(sides, start, stop)
    if piece is None:
        return 0
    pieces.found.append(piece)
    return end - at + 1


def read_negated_group(tokens: tuple[Token, ...], at: int, pieces: Pieces) -> int:
    """Reads what stands in brackets as left out; how many tokens that took.

    Of one thing, or of words that a paper would have to have together, no group is made by OR.
    What else stands there is passed over, with a note: to ask for it would be the opposite.
    """
    scratch = Pieces(pieces.text)
    taken = read_group(tokens, at, scratch)
    end = _outer_end(tokens, at)
    if not taken and end > at and tokens[at + 1].kind != "close":
        return _read_negated_run(tokens[at : end + 1], pieces)
    if not taken:
        return 0
    group = scratch.found[0]
    filters = Filters(none_of=(group.filters,)) if group.filters else None
    clauses = tuple(replace(clause, occur="must_not") for clause in group.clauses)
    members = (member for clause in clauses for member in clause.any_of)
    away = tuple(member.text for member in members if member.field == "text")
    piece = replace(
        group, kind="exclude", text=f"not {group.text}", clauses=clauses, meaning="",
        filters=filters, away=away,
    )  # fmt: skip
    pieces.found.append(piece)
    return taken


def _read_negated_run(tokens: tuple[Token, ...], pieces: Pieces) -> int:
    run = list(tokens[1:-1] if tokens[-1].kind == "close" else tokens[1:])
    start, stop = tokens[0].start, tokens[-1].end
    members, filters = _members(run, pieces.text), _filters(run)
    if members:
        clause = Clause(occur="must_not", any_of=members)
        text = members[0].text
        away = (text,) if members[0].field == "text" else ()
        said = f"not {_member_said(members[0])}"
        pieces.found.append(Piece("exclude", said, start, stop, (clause,), away=away))
    elif filters:
        left_out = Filters(none_of=(filters[2],))
        pieces.found.append(Piece("exclude", f"not {filters[1]}", start, stop, filters=left_out))
    else:
        given = pieces.text[start:stop]
        pieces.notes.append(f"{given} is passed over: such brackets cannot be left out.")
    return len(tokens)


def is_and(tokens: tuple[Token, ...], at: int, *, prose: bool) -> bool:
    """Whether a token is the AND of a query language: all that it joins is asked for anyway. It
    stands beside a field, an exclusion, a bracket or, but in prose, a phrase; between plain words
    it may be of a name."""
    if not (is_word(tokens[at]) and tokens[at].text in {"AND", "&&"}):
        return False
    beside = (*tokens[max(0, at - 1) : at], *tokens[at + 1 : at + 2])
    return len(beside) == 2 and any(
        token.field or token.negated or token.kind in {"open", "close"} or token.text in NOT
        or (token.kind == "phrase" and not prose)
        for token in beside
    )  # fmt: skip


def is_or(token: Token) -> bool:
    """Whether a token says that what is before it or what is after it is asked for."""
    return is_word(token) and token.text in {"OR", "|", "||"}


def is_word(token: Token) -> bool:
    """Whether a token is a plain word."""
    return token.kind == "word" and not token.field and not token.negated


def is_passed_over(tokens: tuple[Token, ...], at: int, *, prose: bool) -> bool:
    """Whether an OR that makes no group stands beside a filter, an exclusion or, but in prose, a
    phrase: as a word it would ask for papers that say "or"."""
    if not is_or(tokens[at]):
        return False
    beside = (*tokens[max(0, at - 1) : at], *tokens[at + 1 : at + 2])
    return any(
        token.field or token.negated or (token.kind == "phrase" and not prose) for token in beside
    )


def _of_words(sides: list[list[Token]], text: str, start: int, stop: int) -> Piece | None:
    each = [_members(run, text) for run in sides]
    if not all(each):
        return None
    members = tuple(member for side in each for member in side)
    said = " or ".join(_member_said(side[0]) for side in each)
    meaning = " ".join(side[0].text for side in each)
    group = Clause(occur="must", any_of=members)
    return Piece("any", said, start, stop, (group,), meaning)


def _member_said(member: Clause) -> str:
    said = f"“{member.text}”" if member.phrase else member.text + "*" * member.prefix
    return f"{said} in the title" if member.field == "title" else said


def _of_filters(sides: list[list[Token]], start: int, stop: int) -> Piece | None:
    read = [_filters(run) for run in sides]
    members = [one for one in read if one]
    if len(members) < len(sides):
        return None
    kinds = {kind for kind, _, _ in members}
    each = [filters for _, _, filters in members]
    filters = Filters(one_of=(tuple(each),))
    if kinds in ({"category"}, {"source"}):  # which are alternatives as they are
        filters = reduce(widen, each)
    said = " or ".join(said for _, said, _ in members)
    kind = members[0][0] if len(kinds) == 1 else "any"
    return Piece(kind, said, start, stop, filters=filters)


def _filters(run: Tokens) -> Read | None:
    """One side of an OR that narrows: a filter, or several that have to be satisfied together."""
    read = [read_filter(token.field, token.text) for token in run if _is_filter(token)]
    found = [one for one in read if one]
    if len(found) < len(run):
        return None
    kind, said, filters = found[0]
    if len(found) == 1:
        return kind, said, filters
    return "any", " and ".join(one[1] for one in found), reduce(widen, (one[2] for one in found))


def _is_filter(token: Token) -> bool:
    return token.field in FILTER_FIELDS and not token.negated


def _is_plain(token: Token) -> bool:
    free = not token.negated and (not token.field or token.field in TITLE_FIELDS | TEXT_FIELDS)
    return free and token.kind in {"word", "phrase"} and not is_or(token)


def _closing(tokens: Tokens, at: int) -> int:
    """The place of the bracket that closes the one at ``at``; -1 when others are between."""
    for place in range(at + 1, len(tokens)):
        if tokens[place].kind == "close":
            return place
        if tokens[place].kind == "open":
            return -1
    return -1


def _outer_end(tokens: Tokens, at: int) -> int:
    """The place of the bracket that closes the one at ``at``, whatever is between; the last place
    where none does."""
    depth = 0
    for place in range(at, len(tokens)):
        depth += (tokens[place].kind == "open") - (tokens[place].kind == "close")
        if not depth:
            return place
    return len(tokens) - 1


def _chain(tokens: Tokens, at: int) -> int:
    """The last place of a chain ``a OR b OR c`` of single items that begins here, else -1."""
    if at and not (_stands_alone(tokens[at - 1]) or _stands_alone(tokens[at])):
        return -1
    is_item = _is_filter if _is_filter(tokens[at]) else _is_plain
    end = at
    while (
        end + 2 < len(tokens)
        and is_item(tokens[end])
        and is_or(tokens[end + 1])
        and is_item(tokens[end + 2])
    ):
        end += 2
    # A word that others follow is no single item: the chain ends before it.
    while end > at and not (
        end + 1 == len(tokens) or _stands_alone(tokens[end]) or _stands_alone(tokens[end + 1])
    ):
        end -= 2
    return end if end > at else -1


def _stands_alone(token: Token) -> bool:
    """Whether a token is an item by itself, and no part of a run of plain words."""
    return bool(token.field) or token.negated or token.kind != "word"


def _sides(tokens: Tokens) -> list[list[Token]]:
    sides: list[list[Token]] = [[]]
    for token in tokens:
        if is_or(token):
            sides.append([])
        else:
            sides[-1].append(token)
    return sides


def _members(run: list[Token], text: str) -> tuple[Clause, ...]:
    """One side of an OR of words: a phrase, a word in a title, anything that ``all:`` looks at, or
    a run of plain words; nothing for another."""
    if not all(_is_plain(token) for token in run):
        return ()
    first = run[0]
    if len(run) == 1 and first.field in TEXT_FIELDS:
        return text_clauses(first)
    if len(run) == 1 and (piece := begun(first)):
        return (replace(piece.clauses[0], occur="should"),)
    if len(run) == 1:
        return (Clause(first.text, "title" if first.field else "text", is_whole(first)),)
    if any(token.field or token.kind == "phrase" for token in run):
        return ()
    return (Clause(text[first.start : run[-1].end]),)


def text_clauses(token: Token) -> tuple[Clause, ...]:
    """What ``abs:word`` looks for, and what ``all:word``, which a paper may also be by."""
    text = token.text.replace("_", " ")
    clause = Clause(text, phrase=is_whole(token) or text != token.text)
    return (clause, Clause(text, "author")) if token.field == "all" else (clause,)
