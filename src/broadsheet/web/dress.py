"""What a page shows of its reader: put into a body that is the same for everyone.

Pages are made and cached without anyone's state; they carry marks where it belongs. One query
fetches the state of all papers of a page and one their votes; then the marks are replaced. So no
cached body holds what one reader did, and the cache serves everyone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from broadsheet.readers import Readers
from broadsheet.web.said import Done, said
from broadsheet.web.visitors import Visitor

# Text is escaped, so no paper can hold such a mark.
_MARK = re.compile(
    rb"<!--(acts|me|said|token|rail|talk|picks|fresh|term)(?: (\S+?))?-->"
    rb'| data-work="(\d+)"'
)

GONE = frozenset({"hide", "not_interested"})

# kind -> (word, word once it is done, key).
_WORDS = {
    "save": ("Save", "Saved", "s"),
    "read": ("Read", "Read ✓", "r"),
    "not_interested": ("Not interested", "Not interested", "x"),
    "hide": ("Hide", "Hidden", ""),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What one reader has done with a paper, and what all have."""

    done: frozenset[str]
    votes: int


def works_on(content: bytes) -> list[int]:
    """The papers that a body has marks for."""
    found: dict[int, None] = {}
    for match in _MARK.finditer(content):
        if match[1] == b"acts" and (match[2] or b"").isdigit():
            found[int(match[2])] = None
    return list(found)


def standings(readers: Readers, visitor: Visitor, works: list[int]) -> dict[int, Standing]:
    """Acts of the reader and votes of all, for the papers of a page."""
    if not works:
        return {}
    states, votes = readers.acts.standings(visitor.id if visitor.reader else None, works)
    return {work: Standing(states[work], votes[work]) for work in works}


Part = Callable[[str], bytes]
"""Makes what a mark of some kind stands for; it is told what the mark says."""


def dressed(
    content: bytes,
    visitor: Visitor,
    shown: Mapping[int, Standing],
    links: Dressing,
    done: Done,
    parts: Mapping[bytes, Part],
) -> bytes:
    """The body for one visitor."""
    return b"".join(_pieces(content, visitor, shown, links, done, parts))


@dataclass(frozen=True, slots=True)
class Dressing:
    """Where the forms of a page lead: the base path, and the page itself to come back to."""

    base: str
    back: str


def _pieces(
    content: bytes,
    visitor: Visitor,
    shown: Mapping[int, Standing],
    links: Dressing,
    done: Done,
    parts: Mapping[bytes, Part],
) -> Iterator[bytes]:
    at = 0
    for match in _MARK.finditer(content):
        yield content[at : match.start()]
        at = match.end()
        kind, what = match[1], (match[2] or b"").decode()
        if kind == b"acts" and what.isdigit():
            standing = shown.get(int(what))
            yield controls(int(what), standing, visitor).encode() if standing else b""
        elif kind == b"me":
            yield _navigation(visitor, links, what).encode()
        elif kind == b"token":
            yield _token(visitor, links).encode()
        elif kind in parts:
            yield parts[kind](what)
        elif kind == b"said":
            yield _forms(visitor, links, done).encode()
        else:
            yield match[0]
            standing = shown.get(int(match[3] or 0))
            if standing and standing.done & GONE:
                yield b" data-gone"
    yield content[at:]


def controls(work: int, standing: Standing, visitor: Visitor) -> Markup:
    """What may be done with a paper in a list, and what has been."""
    if visitor.reader is None:
        return votes_only(standing.votes)
    if gone := next((kind for kind in ("not_interested", "hide") if kind in standing.done), ""):
        return Markup(
            '<span class="acts">{}. <button form="act" name="act" value="-{} {}">Undo</button>'
            "</span>"
        ).format("Hidden" if gone == "hide" else "Not interested", gone, work)
    buttons = [_vote(work, standing)]
    buttons += [_button(kind, work, kind in standing.done) for kind in _WORDS]
    return Markup(f'<span class="acts">{"".join(buttons)}</span>')  # noqa: S704


def votes_only(votes: int) -> Markup:
    """The votes as someone sees them who cannot vote."""
    if not votes:
        return Markup("")
    words = "1 vote" if votes == 1 else f"{votes:,} votes"
    return Markup('<span class="acts"><span>{}</span></span>').format(words)


# A page has hundreds of buttons. Nothing stands in one but numbers and our own words, so there is
# nothing to escape, and none of `Markup.format`, which took a fifth of what dressing a page took.


def _vote(work: int, standing: Standing) -> str:
    on = "upvote" in standing.done
    sign, word = ("▲", "Voted") if on else ("△", "Vote")
    count = f" {standing.votes:,}" if standing.votes else ""
    return (
        f'<button form=act name=act value="{_undo(on)}upvote {work}" aria-pressed="{_pressed(on)}">'
        f"{sign} <span>{word}</span>{count}</button>"
    )


def _button(kind: str, work: int, on: bool) -> str:
    word, done, _key = _WORDS[kind]
    if kind in GONE:  # once pressed there is another button in its place
        return f'<button form=act name=act value="{kind} {work}">{word}</button>'
    return (
        f'<button form=act name=act value="{_undo(on)}{kind} {work}" aria-pressed="{_pressed(on)}">'
        f"{done if on else word}</button>"
    )


def _undo(on: bool) -> str:
    """What turns an act into its taking back."""
    return "-" if on else ""


def _pressed(on: bool) -> str:
    return "true" if on else "false"


def _navigation(visitor: Visitor, links: Dressing, here: str) -> Markup:
    if visitor.reader is None:
        entries = [("Log in", "/login")] if visitor.accounts else []
    else:
        entries = [
            ("For you", "/for-you"),
            ("Lists", "/lists"),
            ("Following", "/following"),
            ("You", "/account"),
        ]
    items = Markup("").join(
        Markup('<li><a href="{}{}"{}>{}</a></li>').format(
            links.base, path, Markup(' aria-current="page"') if path == here else "", name
        )
        for name, path in entries
    )
    return Markup('<ul class="mine">{}</ul>').format(items) if entries else Markup("")


def _token(visitor: Visitor, links: Dressing) -> Markup:
    """What a form within a shared body needs to be ours, and to come back to its page."""
    back = links.back.replace("/search/results?", "/search?", 1)
    return Markup(
        '<input type="hidden" name="csrf" value="{}"><input type="hidden" name="back" value="{}">'
    ).format(visitor.csrf, back)


def _forms(visitor: Visitor, links: Dressing, done: Done) -> Markup:
    """The one form of all buttons on papers, and the line that says what was done last."""
    if visitor.reader is None:
        return Markup('<div class="said" id="said" role="status">{}</div>').format(said(done))
    return Markup(
        '<form id="act" action="{}/acts" method="post"><input type="hidden" name="csrf" value="{}">'
        '<input type="hidden" name="back" value="{}"></form>'
        '<div class="said" id="said" role="status">{}</div>'
    ).format(links.base, visitor.csrf, escape(links.back), said(done))
