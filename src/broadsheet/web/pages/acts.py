"""Acting on a paper: one address for every button, from a form or from our script."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.readers import KINDS, REASONS, Kind, Readers
from broadsheet.web.desk import State
from broadsheet.web.dress import GONE, controls, standings
from broadsheet.web.limits import Allowance
from broadsheet.web.policy import allow
from broadsheet.web.reply import JSON, Body, send
from broadsheet.web.said import Done, said
from broadsheet.web.site import Site
from broadsheet.web.visitors import Visitor, enhanced, visitor_of

# A reader with fast fingers does two a second; an import of a library some hundred at once.
FLOOD = Allowance(burst=400, rate=5.0)


@dataclass(frozen=True, slots=True)
class Asked:
    """One button: what to do or, with ``back``, to take back; ``what`` names to what."""

    verb: str
    what: str
    back: bool

    @staticmethod
    def read(text: str) -> Asked:
        """``upvote 12``, ``-save 12``, ``follow author Jane Doe``; 400 for anything else."""
        verb, _, what = text.partition(" ")
        back = verb.startswith("-")
        verb = verb.removeprefix("-")
        if verb not in (*KINDS, "follow", "list", "undo") or (verb != "undo" and not what):
            raise HTTPException(400, "This is nothing that can be done with a paper.")
        return Asked(verb, what.strip(), back)


class Acts:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """The address of all buttons."""
        return [Route("/acts", self.act, methods=["POST"])]

    @allow("reader")
    async def act(self, request: Request) -> Response:
        """Does it and goes back to the page; our script gets what changed on it instead."""
        visitor = visitor_of(request)
        FLOOD.require(visitor.id)
        form = visitor.form
        asked = Asked.read(form.text("act", 600))
        again = form.text("was", 600) == form.text("act", 600)
        beside = (
            (form.prose("note", 10_000, "Note"), form.text("tags", 5000)) if again else ("", "")
        )
        state = await self._site.state()
        done, work = await self._site.in_thread(lambda: perform(state, visitor, asked, beside))
        if enhanced(request):
            answer = await self._site.in_thread(lambda: _changed(state, visitor, done, work))
            return send(request, Body(orjson.dumps(answer), JSON), cache="no-store")
        base = self._site.settings.base_path
        path = visitor.form.text("back", 2000) or f"{base}/"
        if work and "#" not in path:
            path = f"{path}#p{work}"
        return self._site.see_other(request, path, done)


def perform(
    state: State, visitor: Visitor, asked: Asked, beside: tuple[str, str] = ("", "")
) -> tuple[Done, int]:
    """Does what a button says; what to tell the reader, and the paper it was about (0: none).

    ``beside`` are the note and the tags that a paper had on a list it comes back to.
    """
    readers, me = state.readers, visitor.id
    if asked.verb == "undo":
        undone = readers.acts.undo_last(me)
        return (Done("undone"), undone.work_id) if undone else (Done("nothing"), 0)
    if asked.verb == "follow":
        return _follow(readers, me, asked), 0
    if asked.verb == "list":
        return _list(readers, me, asked, beside)
    number, _, reason = asked.what.partition(" ")
    work = _whole(number)
    if reason and reason not in REASONS:
        raise HTTPException(400, f"The reason must be one of {', '.join(REASONS)}.")
    kind = _kind(asked.verb)
    if asked.back:
        readers.acts.undo(me, kind, work)
        return Done(f"-{kind}", str(work)), work
    if reason:  # said after the act, which alone would stay as it is
        readers.acts.undo(me, kind, work)
    act = readers.acts.do(me, kind, work, reason)
    return Done(kind, str(act.work_id), reason), act.work_id


def _follow(readers: Readers, me: int, asked: Asked) -> Done:
    kind, _, value = asked.what.partition(" ")
    if asked.back:
        readers.follows.drop(me, kind, value)
        return Done("-follow", asked.what)
    readers.follows.add(me, kind, value)
    return Done("follow", asked.what)


def _list(readers: Readers, me: int, asked: Asked, beside: tuple[str, str]) -> tuple[Done, int]:
    first, _, rest = asked.what.partition(" ")
    number, work = _whole(first), _whole(rest)
    found = readers.lists.get(number)
    if found is None or found.reader_id != me:
        raise HTTPException(404)
    if asked.back:
        kept = next((e for e in readers.lists.entries(number) if e.work_id == work), None)
        readers.lists.take(number, work, owner=me)
        if kept is None:
            return Done("-list", asked.what), work
        return Done("-list", asked.what, kept.note, ",".join(kept.tags)), work
    note, tags = beside
    words = [tag for part in tags.split(",") if (tag := part.strip())]
    readers.lists.put(number, work, note or None, words or None, owner=me)
    return Done("list", asked.what), work


def _changed(state: State, visitor: Visitor, done: Done, work: int) -> dict[str, object]:
    shown = standings(state.readers, visitor, [work] if work else [])
    return {
        "said": str(said(done)),
        "papers": {
            str(number): {
                "acts": str(controls(number, standing, visitor)),
                "gone": bool(standing.done & GONE),
            }
            for number, standing in shown.items()
        },
    }


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise HTTPException(400, "A paper is named by its number here.")
    return int(text)


def _kind(verb: str) -> Kind:
    return next(kind for kind in KINDS if kind == verb)
