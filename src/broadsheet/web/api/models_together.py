"""What the API answers with: what readers do for one another, and what is decided."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from broadsheet.web.api.models import Answer, Day, Moment, Next, PaperName
from broadsheet.web.api.models_own import MaybePaper

By = Annotated[str, Field(description="The name that they show; others may show the same.")]
ByName = Annotated[str, Field(description="The name of their account, which is theirs alone.")]


class CommentTold(Answer):
    """A comment; ``body`` and ``html`` are null unless it is shown."""

    id: int
    parent: int | None
    by: By
    by_name: ByName
    body: str | None
    html: Annotated[str | None, Field(description="Safe to put on a page.")]
    state: Literal["shown", "hidden", "deleted"]
    at: Moment
    edited_at: str | None


class Comments(Answer):
    """What is said on a paper, in the order it was said; ``locked`` says why it ended."""

    comments: list[CommentTold]
    locked: str | None
    next: Next


class WorkLinkTold(Answer):
    """An address that belongs to a paper; ``id`` is 0 where no reader added it."""

    id: int
    kind: str
    url: str
    origin: str
    by: By
    by_name: ByName
    at: str


class WorkLinks(Answer):
    """The addresses of a paper."""

    links: list[WorkLinkTold]


class ClaimTold(Answer):
    """A claim to be an author of a paper."""

    id: int
    paper: MaybePaper
    author: str
    state: Literal["waiting", "confirmed", "refused"]
    how: str
    answer: str
    at: Moment


class Claims(Answer):
    """One’s claims."""

    claims: list[ClaimTold]
    next: Next


class AuthorTold(Answer):
    """A reader who is one of a paper’s authors; ``how``: by mail or by the operator."""

    author: str
    by: By
    by_name: ByName
    how: str


class Authors(Answer):
    """The readers who are confirmed as authors of a paper."""

    authors: list[AuthorTold]


class PickTold(Answer):
    """A paper picked for the edition of a day."""

    id: int
    paper: MaybePaper
    day: Day
    by: By
    by_name: ByName
    note: str
    at: Moment


class Picks(Answer):
    """Picks, in the order they were made."""

    picks: list[PickTold]
    next: Next


class SubmissionTold(Answer):
    """A paper that was handed in; ``found`` is its id once it is here."""

    id: int
    paper: str
    found: MaybePaper
    why: str
    state: str
    answer: str
    at: Moment


class Submissions(Answer):
    """What was handed in, newest first."""

    submissions: list[SubmissionTold]
    next: Next


class OrganisationTold(Answer):
    """An organisation; ``slug`` is its name in addresses and what is followed."""

    name: str
    slug: str
    url: str
    about: str
    works: int


class Organisations(Answer):
    """Those with the most papers first."""

    organisations: list[OrganisationTold]
    next: Next


class OrganisationPage(OrganisationTold):
    """An organisation with its papers, and who speaks for it."""

    speakers: Annotated[list[str], Field(description="With their account’s name, if another.")]
    papers: list[PaperName]
    next: Next


class MemberTold(Answer):
    """Who speaks for an organisation, or asks to."""

    organisation: str
    reader: int
    by: By
    by_name: ByName
    state: str
    at: Moment


class ReportTold(Answer):
    """A comment that readers asked to be looked at."""

    comment: CommentTold
    paper: MaybePaper
    reasons: list[str]
    at: Moment


class ClaimWaiting(ClaimTold):
    """A claim that waits, and whose it is."""

    by: By
    by_name: ByName


class SubmissionWaiting(SubmissionTold):
    """A submission that waits, and whose it is."""

    by: By
    by_name: ByName


class WaitingCounts(Answer):
    """How many wait of each kind, told or not."""

    reports: int
    submissions: int
    claims: int
    members: int


class Waiting(Answer):
    """What waits for a decision, the oldest first; claims and members are shown to operators."""

    reports: list[ReportTold]
    submissions: list[SubmissionWaiting]
    claims: list[ClaimWaiting]
    members: list[MemberTold]
    counts: WaitingCounts


class ReaderTold(Answer):
    """An account as its operator sees it."""

    id: int
    name: str
    display: str
    role: Literal["local", "reader", "curator", "operator"]
    disabled: bool
    created_at: Moment


class ReadersTold(Answer):
    """Accounts."""

    readers: list[ReaderTold]
    next: Next


class DoorTold(Answer):
    """Who may make an account, and who may read without one."""

    mode: Literal["single", "accounts"]
    registration: Literal["closed", "invitation", "open"]
    audience: Literal["anyone", "readers"]


class InvitationTold(Answer):
    """An invitation that nobody has used yet."""

    id: int
    role: str
    email: str
    created_at: Moment
    expires_at: Moment


class Invitations(Answer):
    """Invitations that nobody has used yet."""

    invitations: list[InvitationTold]
    next: Next


class InvitationMade(Answer):
    """The address to hand on; it is told this once."""

    address: str
