"""The API of what readers bring: submissions, picks, organisations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Path as InPath
from fastapi import Query, Request
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from broadsheet.editions import public_name
from broadsheet.readers import Organisation, Pick, Submission
from broadsheet.web.api.common import (
    Call,
    Given,
    Number,
    PaperId,
    PaperName,
    Room,
    names_in,
    names_of,
    work_named,
)
from broadsheet.web.api.models_together import (
    MemberTold,
    OrganisationPage,
    Organisations,
    OrganisationTold,
    Picks,
    PickTold,
    Submissions,
    SubmissionTold,
)
from broadsheet.web.api.paging import Cursor, PageSize, after, onward, page_of
from broadsheet.web.api.talking import member_json
from broadsheet.web.desk import State
from broadsheet.web.policy import allow
from broadsheet.web.signatures import named
from broadsheet.web.uploads import kept_file
from broadsheet.web.visitors import Visitor

_FILE_BYTES = 5_000_000
_DAY = r"^[12]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"
_ARRIVED = 50

Why = Annotated[str, Field(max_length=2000)]
Day = Annotated[str, Field(pattern=_DAY, examples=["2026-08-20"])]
DayAsked = Annotated[str, Query(pattern=f"{_DAY}|^$", description="By default today.")]
DayInPath = Annotated[str, InPath(pattern=_DAY, examples=["2026-08-20"])]
Slug = Annotated[str, InPath(min_length=1, max_length=300, examples=["university-of-leeds"])]
Url = Annotated[str, Field(max_length=2100)]
About = Annotated[str, Field(max_length=2000)]


class SubmissionGiven(Given):
    """A paper to hand in: an id or an address."""

    paper: Annotated[str, Field(min_length=1, max_length=1000, examples=["1706.03762"])]
    why: Why = ""


class FileGiven(Given):
    """A file of references to hand in; the end of its name says how it is read."""

    content: Annotated[str, Field(min_length=1, max_length=4_000_000)]
    name: Annotated[str, Field(max_length=200, examples=["papers.bib"])] = ""
    why: Why = ""


class PickGiven(Given):
    """A paper picked for the edition of a day."""

    paper: PaperName
    day: Day
    note: Annotated[str, Field(max_length=500)] = ""


class OrganisationGiven(Given):
    """An organisation that no affiliation has brought."""

    name: Annotated[str, Field(min_length=1, max_length=300)]
    url: Url = ""
    about: About = ""


class OrganisationChange(Given):
    """What its page says; what is left out stays."""

    url: Url | None = None
    about: About | None = None


class PaperGiven(Given):
    """A paper."""

    paper: PaperName


class OfferingApi(Room):
    """Handlers over one site."""

    tag = "Together"

    def calls(self) -> Sequence[Call]:
        """Submissions, picks, organisations."""
        one = "/organisations/{slug}"
        return (
            Call("GET", "/submissions", self.submissions, "What you handed in", Submissions),
            Call("POST", "/submissions", self.submit, "Hand in a paper", SubmissionTold, 201),
            Call("POST", "/submissions/file", self.submit_file, "Hand in a file", Submissions, 201),
            Call("DELETE", "/submissions/{number:int}", self.withdraw_submission, "Take one back"),
            Call("GET", "/picks", self.picks, "What curators picked", Picks),
            Call("POST", "/picks", self.pick, "Pick a paper for a day", PickTold, 201),
            Call("DELETE", "/picks/{day}/{paper_id:path}", self.unpick, "Take a pick back"),
            Call("GET", "/organisations", self.organisations, "Organisations", Organisations),
            Call(
                "POST", "/organisations", self.make_organisation, "Make one", OrganisationTold, 201
            ),
            Call("GET", one, self.organisation, "One with its papers", OrganisationPage),
            Call("PATCH", one, self.edit_organisation, "Change its page", OrganisationTold),
            Call("POST", f"{one}/claim", self.speak_for, "Ask to speak for it", MemberTold, 201),
            Call("DELETE", f"{one}/claim", self.leave, "Speak for it no longer"),
            Call("POST", f"{one}/papers", self.attach_paper, "Say that a paper is its"),
            Call("DELETE", f"{one}/papers/{{paper_id:path}}", self.detach_paper, "Take that back"),
        )

    @allow("reader", scope="read", accounts=True)
    async def submissions(
        self, request: Request, limit: PageSize = 200, cursor: Cursor = ""
    ) -> Response:
        """The newest first."""

        def look(state: State, visitor: Visitor) -> object:
            submissions = state.readers.community.submissions
            submissions.settle()
            found = submissions.of(visitor.id)
            shown, more = page_of(request, found, lambda one: (one.id,), cursor, limit, down=True)
            return {"submissions": _submissions(state, shown), "next": more}

        return await self.own(request, look)

    @allow("reader", scope="write", accounts=True)
    async def submit(self, request: Request, given: SubmissionGiven) -> Response:
        """By an id or an address; it waits until a source brings it."""

        def submit(state: State, visitor: Visitor) -> object:
            submissions = state.readers.community.submissions
            made = submissions.submit(visitor.id, given.paper, given.why)
            return _submissions(state, [made])[0]

        return await self.own(request, submit, 201)

    @allow("reader", scope="write", accounts=True, body=_FILE_BYTES)
    async def submit_file(self, request: Request, given: FileGiven) -> Response:
        """References in BibTeX, RIS or CSL-JSON, or another form that `import` reads."""
        settings = self.site.settings

        def submit(state: State, visitor: Visitor) -> object:
            content = given.content.encode("utf-8", "replace")
            with kept_file(settings.home / "uploads", given.name, content) as path:
                made, _ = state.readers.community.submissions.submit_file(
                    *(visitor.id, path, given.why),
                    rejected_dir=settings.rejected_path,
                    name=given.name,
                )
            return {"submissions": _submissions(state, made), "next": None}

        return await self.own(request, submit, 201)

    @allow("reader", scope="write", accounts=True)
    async def withdraw_submission(self, request: Request, number: Number) -> Response:
        """One of yours that no source has brought yet."""
        return await self.own(
            request,
            lambda state, visitor: state.readers.community.submissions.withdraw(visitor.id, number),
            204,
        )

    @allow("anyone", scope="read", accounts=True)
    async def picks(
        self,
        request: Request,
        since: DayAsked = "",
        until: DayAsked = "",
        limit: PageSize = 100,
        cursor: Cursor = "",
    ) -> Response:
        """For the editions of these days, in the order they were made."""

        def look(state: State, _: Visitor) -> object:
            today = datetime.now(UTC).date().isoformat()
            found = state.readers.community.picks.between(since or today, until or today)
            shown, more = page_of(request, found, lambda one: (one.id,), cursor, limit)
            names = names_in(state, shown)
            return {"picks": [_pick(one, names) for one in shown], "next": more}

        return await self.own(request, look)

    @allow("curator", scope="moderate", accounts=True)
    async def pick(self, request: Request, given: PickGiven) -> Response:
        """A second time changes the note."""

        def pick(state: State, visitor: Visitor) -> object:
            work = work_named(state, given.paper)
            made = state.readers.community.picks.pick(visitor.id, work.id, given.day, given.note)
            return _pick(made, {made.work_id: public_name(work.paper)})

        return await self.own(request, pick, 201)

    @allow("curator", scope="moderate", accounts=True)
    async def unpick(self, request: Request, day: DayInPath, paper_id: PaperId) -> Response:
        """An operator takes back anyone’s."""

        def unpick(state: State, visitor: Visitor) -> object:
            work = work_named(state, paper_id)
            if not state.readers.community.picks.unpick(visitor.id, work.id, day):
                raise HTTPException(404, "You did not pick this paper for this day.")
            return None

        return await self.own(request, unpick, 204)

    @allow("anyone", scope="read")
    async def organisations(
        self, request: Request, limit: PageSize = 100, cursor: Cursor = ""
    ) -> Response:
        """Those with the most papers first."""
        came = after(request, cursor, (0, ""))

        def look(state: State, _: Visitor) -> object:
            start, last = (max(0, int(came[0])), str(came[1])) if came else (0, "")
            found, end = _organisations(state, start, last, limit)
            more = onward(request, (end, found[limit - 1].slug)) if len(found) > limit else None
            return {"organisations": [_organisation(o) for o in found[:limit]], "next": more}

        return await self.own(request, look)

    @allow("reader", scope="write", accounts=True)
    async def make_organisation(self, request: Request, given: OrganisationGiven) -> Response:
        """An operator confirms that you speak for it."""

        def make(state: State, visitor: Visitor) -> object:
            organisations = state.readers.community.organisations
            return _organisation(organisations.make(visitor.id, given.name, given.url, given.about))

        return await self.own(request, make, 201)

    @allow("anyone", scope="read")
    async def organisation(
        self, request: Request, slug: Slug, limit: PageSize = 100, cursor: Cursor = ""
    ) -> Response:
        """Its papers, those that came here last first."""

        def look(state: State, _: Visitor) -> object:
            organisations, found = state.readers.community.organisations, _named(state, slug)
            works = organisations.works(found.id)
            shown, more = page_of(request, works, lambda one: (one,), cursor, limit, down=True)
            names = names_of(state, shown)
            members = organisations.members(found.id)
            return {
                **_organisation(found),
                "works": len(works),
                "speakers": [named(m.by, m.name) for m in members if m.state == "confirmed"],
                "papers": [names[one] for one in shown if one in names],
                "next": more,
            }

        return await self.own(request, look)

    @allow("reader", scope="write", accounts=True)
    async def edit_organisation(
        self, request: Request, slug: Slug, given: OrganisationChange
    ) -> Response:
        """For those who speak for it, and operators."""

        def edit(state: State, visitor: Visitor) -> object:
            changed = state.readers.community.organisations.edit(
                visitor.id, _named(state, slug).id, url=given.url, about=given.about
            )
            return _organisation(changed)

        return await self.own(request, edit)

    @allow("reader", scope="write", accounts=True)
    async def speak_for(self, request: Request, slug: Slug) -> Response:
        """An operator confirms it."""

        def ask(state: State, visitor: Visitor) -> object:
            found = _named(state, slug)
            made = state.readers.community.organisations.claim(visitor.id, found.id)
            return member_json(made, found.slug)

        return await self.own(request, ask, 201)

    @allow("reader", scope="write", accounts=True)
    async def leave(self, request: Request, slug: Slug) -> Response:
        """Or ask no longer to. An organisation without papers goes with the last who speaks for
        it."""

        def leave(state: State, visitor: Visitor) -> object:
            found = _named(state, slug)
            state.readers.community.organisations.leave(visitor.id, found.id)
            return None

        return await self.own(request, leave, 204)

    @allow("reader", scope="write", accounts=True)
    async def attach_paper(self, request: Request, slug: Slug, given: PaperGiven) -> Response:
        """For those who speak for it."""

        def attach(state: State, visitor: Visitor) -> object:
            found, work = _named(state, slug), work_named(state, given.paper)
            state.readers.community.organisations.attach(visitor.id, found.id, work.id)
            return None

        return await self.own(request, attach, 204)

    @allow("reader", scope="write", accounts=True)
    async def detach_paper(self, request: Request, slug: Slug, paper_id: PaperId) -> Response:
        """What its affiliations say stays as they say it."""

        def detach(state: State, visitor: Visitor) -> object:
            found, work = _named(state, slug), work_named(state, paper_id)
            organisations = state.readers.community.organisations
            organisations.attach(visitor.id, found.id, work.id, belongs=False)
            return None

        return await self.own(request, detach, 204)


def _organisations(
    state: State, start: int, last: str, limit: int
) -> tuple[list[Organisation], int]:
    """At most ``limit`` + 1 after ``last``, which was before place ``start``; their end."""
    every = state.readers.community.organisations.all
    if not (start and last):
        found = every(offset=start, limit=limit + 1)
        return found, start + min(limit, len(found))
    # Papers that came meanwhile change the order by a few places.
    first = max(0, start - _ARRIVED)
    found = every(offset=first, limit=limit + 1 + 2 * _ARRIVED)
    place = next((n for n, one in enumerate(found) if one.slug == last), start - 1 - first)
    rest = found[place + 1 : place + 2 + limit]
    return rest, first + place + 1 + min(limit, len(rest))


def _named(state: State, slug: str) -> Organisation:
    found = state.readers.community.organisations.by_slug(slug)
    if found is None:
        raise HTTPException(404, "There is no such organisation here.")
    return found


def _organisation(one: Organisation) -> dict[str, Any]:
    return {
        "name": one.name,
        "slug": one.slug,
        "url": one.url,
        "about": one.about,
        "works": one.works,
    }


def _pick(one: Pick, names: Mapping[int, str]) -> dict[str, Any]:
    return {
        "id": one.id,
        "paper": names.get(one.work_id),
        "day": one.day,
        "by": one.by,
        "by_name": one.name,
        "note": one.note,
        "at": one.at,
    }


def submission_json(one: Submission, names: Mapping[int, str]) -> dict[str, Any]:
    """A submission; ``names`` are those of papers that are here."""
    return {
        "id": one.id,
        "paper": one.source_text,
        "found": names.get(one.work_id),
        "why": one.why,
        "state": one.state,
        "answer": one.answer,
        "at": one.at,
    }


def _submissions(state: State, found: Sequence[Submission]) -> list[dict[str, Any]]:
    names = names_in(state, found)
    return [submission_json(one, names) for one in found]
