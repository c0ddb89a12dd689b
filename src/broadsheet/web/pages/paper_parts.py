"""What a paper's page shows of its reader and of the community: put in after the cached body."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from markupsafe import Markup

from broadsheet.catalog import Work
from broadsheet.editions import category_name
from broadsheet.readers import LINK_KINDS, Comment, Readers, WorkLink, addresses
from broadsheet.text import shown_host
from broadsheet.web.desk import State
from broadsheet.web.dress import Dressing, dressed, standings, works_on
from broadsheet.web.said import Done
from broadsheet.web.signatures import signature, signature_of
from broadsheet.web.site import Site
from broadsheet.web.views import item
from broadsheet.web.visitors import Visitor

_AUTHORS_OFFERED = 12
# Names to choose one's own from; who is one of more writes it.
_CHOICE = 100
_VOTERS = 20
_PICKS = 12
PICK_OPENING = 160
_KIND_WORDS = {"code": "Code", "data": "Data", "model": "Model", "project": "Project page"}


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link that the record itself does not show."""

    id: int
    name: str
    url: str
    host: str
    by: Markup
    origin: str
    removable: bool


@dataclass(frozen=True, slots=True)
class CommentView:
    """A comment as it stands on the page; ``name`` is the account's, where it shows another."""

    id: int
    by: str
    name: str
    at: str
    html: Markup
    body: str
    gone: str
    edited: bool
    answer: bool
    mine: bool
    author: bool
    hidden: bool


def paper_rail(site: Site, state: State, visitor: Visitor, about: str, back: str) -> bytes:
    """What stands beside the paper: the reader's lists, follows, and what others added."""
    number = int(about)
    work = state.recent.get_many([number]).get(number)
    if work is None:
        return b""
    readers, community = state.readers, state.readers.community
    me = visitor.reader
    lists = readers.lists.of(me.id) if me else []
    held = readers.lists.holding(me.id, [number]).get(number, ()) if me else ()
    claims = community.claims.on([number]).get(number, ())
    mine = [c for c in community.claims.of(me.id) if c.work_id == number] if me else []
    names = [a.name for a in work.paper.authors]
    author = bool(me and community.claims.is_author(me.id, number))
    values: dict[str, object] = {
        "me": me,
        "accounts": visitor.accounts,
        "csrf": visitor.csrf,
        "back": back,
        "work": number,
        "lists": lists,
        "held": held,
        "holding": [found for found in lists if found.id in held],
        "following": _followable(readers, visitor, work),
        "voters": [signature(show, name) for name, show in readers.acts.voters(number, _VOTERS)]
        if visitor.accounts
        else [],
        "picks": community.picks.on([number]).get(number, ()) if visitor.accounts else (),
        "submitted": _submitted(readers, number) if visitor.accounts else None,
        # They stand behind all similar papers: nobody would know of them.
        "talk": community.comments.count([number])[number] if visitor.accounts else 0,
        "links": _links(community.links.of(work), visitor, author),
        "kinds": [(kind, _KIND_WORDS.get(kind, kind)) for kind in LINK_KINDS],
        "organisations": community.organisations.on([number]).get(number, ()),
        "claimed": [
            Markup("{} ({})").format(c.author, signature_of(readers, c.reader_id)) for c in claims
        ],
        "claim": mine[0] if mine else None,
        "addresses": addresses(work.paper) if mine else (),
        "authors": names if len(names) <= _CHOICE else [],
        "author": author,
        "curator": bool(me and me.is_curator),
        "today": datetime.now(UTC).date().isoformat(),
    }
    return site.templates.render("paper_own.html", values)


def paper_talk(site: Site, state: State, visitor: Visitor, about: str, back: str) -> bytes:
    """The comments; none where one person reads alone."""
    if not visitor.accounts:
        return b""
    number = int(about)
    comments = state.readers.community.comments
    me = visitor.reader
    curator = bool(me and me.is_curator)
    authors = {
        claim.reader_id for claim in state.readers.community.claims.on([number]).get(number, ())
    }
    found = comments.on(number, hidden=curator, mine=me.id if me else 0)
    values: dict[str, object] = {
        "me": me,
        "csrf": visitor.csrf,
        "back": back,
        "work": number,
        "curator": curator,
        "locked": comments.locked(number),
        "comments": [_comment(said, visitor, authors) for said in _threaded(found)],
        # The same number for everyone, whatever of what was taken away each of them sees.
        "count": sum(said.state == "shown" for said in found),
        "unseen": sum(said.state == "hidden" for said in found) if curator else 0,
    }
    return site.templates.render("talk.html", values)


def edition_picks(site: Site, state: State, visitor: Visitor, about: str, back: str) -> bytes:
    """What curators picked for the edition of these days, ``first..last``."""
    del back
    if not visitor.accounts:
        return b""
    first, _, last = about.partition("..")
    picks = state.readers.community.picks.between(first, last)
    works = state.recent.get_many(list(dict.fromkeys(pick.work_id for pick in picks)))
    read = state.recent.readings(works)
    items = {
        number: item(work, site.links, read.get(number), length=PICK_OPENING)
        for number, work in works.items()
    }
    values: dict[str, object] = {
        "picks": [(items[p.work_id], p) for p in picks[:_PICKS] if p.work_id in works]
    }
    content = site.templates.render("picks.html", values)
    shown = standings(state.readers, visitor, works_on(content))
    return dressed(content, visitor, shown, Dressing("", ""), Done(), {})


def _threaded(found: list[Comment]) -> list[Comment]:
    """Answers after what they answer, each thread in its order."""
    by_number = {comment.id: comment for comment in found}

    def first(comment: Comment) -> int:
        seen = set()
        while comment.parent_id in by_number and comment.id not in seen:
            seen.add(comment.id)
            comment = by_number[comment.parent_id]
        return comment.id

    return sorted(found, key=lambda comment: (first(comment), comment.id))


def _comment(comment: Comment, visitor: Visitor, authors: set[int]) -> CommentView:
    gone = {
        "deleted": "Deleted by its author.",
        "hidden": "Hidden by a moderator"
        + (f": {comment.moderation}" if comment.moderation else ""),
    }.get(comment.state, "")
    return CommentView(
        comment.id,
        comment.by,
        comment.name if comment.name != comment.by else "",
        comment.at,
        Markup(comment.html),  # noqa: S704  # sanitised where it was made
        comment.body,
        gone,
        bool(comment.edited_at),
        bool(comment.parent_id),
        visitor.reader is not None and comment.reader_id == visitor.reader.id,
        comment.reader_id in authors,
        comment.state == "hidden",
    )


def _followable(readers: Readers, visitor: Visitor, work: Work) -> list[tuple[str, str, str, bool]]:
    if visitor.reader is None:
        return []
    followed = {(f.kind, f.value) for f in readers.follows.of(visitor.reader.id)}
    offered = [
        ("author", " ".join(a.name.split()), a.name) for a in work.paper.authors[:_AUTHORS_OFFERED]
    ]
    offered += [("category", c, category_name(c)) for c in work.paper.categories[:8]]
    return [(kind, value, name, (kind, value) in followed) for kind, value, name in offered]


def _links(found: list[WorkLink], visitor: Visitor, author: bool) -> list[LinkView]:
    me = visitor.reader
    views = []
    for link in found:
        if link.origin == "source":
            continue  # the record's own links stand above
        host = shown_host(urlsplit(link.url).hostname or "")
        mine = bool(me and link.id and (me.is_curator or author or link.reader_id == me.id))
        added = link.origin in ("reader", "author")
        by = signature(link.by, link.name) if added else Markup("")
        name = _KIND_WORDS.get(link.kind, "Link")
        views.append(LinkView(link.id, name, link.url, host, by, link.origin, mine))
    return views


@dataclass(frozen=True, slots=True)
class _Submitted:
    by: Markup
    why: str


def _submitted(readers: Readers, number: int) -> _Submitted | None:
    found = readers.community.submissions.on([number]).get(number)
    return _Submitted(signature_of(readers, found.reader_id), found.why) if found else None
