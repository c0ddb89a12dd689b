"""What the API answers with: what is a reader's own."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from broadsheet.readers import Digest, Kind
from broadsheet.web.api.models import Answer, Day, Finding, Hit, Listed, Moment, Next, PaperName

Feed = Annotated[str, Field(description="Path of a feed; its address is a secret.")]
MaybePaper = Annotated[str | None, Field(description="The paper; null where it is gone.")]


class Me(Answer):
    """A reader and their settings."""

    name: str
    display: str
    role: Literal["local", "reader", "curator", "operator"]
    local: bool
    email: str
    email_confirmed: bool
    timezone: str
    minutes: int
    digest: Digest
    digest_hour: int
    quiet_days: bool
    public_votes: bool
    learning: bool


class MailSent(Answer):
    """Whether a mail was written that must be answered first."""

    sent: bool


class ActTold(Answer):
    """Something done with a paper; ``undone_at`` is null while it holds."""

    id: int
    paper: MaybePaper
    kind: Kind
    reason: str
    at: Moment
    undone_at: str | None


class Acts(Answer):
    """Acts, oldest first."""

    acts: list[ActTold]
    next: Next


class Standing(Answer):
    """Everyone’s votes for a paper, and one’s own acts on it."""

    votes: int
    mine: list[Kind]


class Standings(Answer):
    """By paper as it was asked for; papers that are not here are left out."""

    papers: dict[str, Standing]


class ListTold(Answer):
    """A list; ``feed`` is null for all but its reader."""

    id: int
    name: str
    note: str
    public: bool
    size: int
    created_at: Moment
    feed: Feed | None


class Lists(Answer):
    """Lists by name."""

    lists: list[ListTold]
    next: Next


class EntryTold(Answer):
    """A paper in a list, with what stands beside it."""

    paper: MaybePaper
    note: str
    tags: list[str]
    added_at: Moment


class ListPage(ListTold):
    """A list with its papers, those put in last first."""

    papers: list[EntryTold]
    next: Next


class FilledTold(Answer):
    """What became of references: papers that came onto the list, those that stood there, and the
    titles or ids of those that are not here."""

    new: int
    there: int
    missing: list[str]


class KeptHit(Hit):
    """A paper found in a list. ``noted``: for the words beside it, of which no probability is
    known."""

    note: str
    tags: list[str]
    noted: bool


class FoundKept(Finding):
    """A page of what a search found in a list: first by what stands beside papers, then best
    first."""

    hits: list[KeptHit]
    next: Next


class FollowTold(Answer):
    """Something followed."""

    id: int
    kind: Literal["author", "category", "term", "search", "organisation"]
    value: str
    at: Moment


class Follows(Answer):
    """What is followed, in the order it began."""

    follows: list[FollowTold]
    next: Next


class FollowedPaper(Listed):
    """A paper of something followed, and of what."""

    why: str


class Following(Answer):
    """The papers of what is followed of the last two weeks, newest first."""

    papers: list[FollowedPaper]
    next: Next


class SearchKept(Answer):
    """A saved search."""

    id: int
    name: str
    query: str
    created_at: Moment
    feed: Feed


class SearchesKept(Answer):
    """Saved searches, in the order they were kept."""

    searches: list[SearchKept]
    next: Next


class DigestPaper(Listed):
    """A paper in a digest, its section and why it is there."""

    section: str
    why: str


class DigestTold(Answer):
    """A digest: what was sent, or would be now."""

    cadence: str
    day: Day
    first: Day
    last: Day
    announced: int
    late: Annotated[int, Field(description="Papers of earlier days that arrived since the last.")]
    left_out: int
    note: str
    papers: list[DigestPaper]


class DigestPreview(Answer):
    """The newest digest, as it was made or would be now; null where there is nothing to tell."""

    digest: DigestTold | None


class ForYouPaper(Answer):
    """A paper of the list, why it is there, and those folded under it."""

    id: PaperName
    title: str
    probability: float
    interest: int
    because: str
    storyline: list[PaperName]


class ForYouList(Answer):
    """The list of a day: it fits one’s minutes, and ends."""

    day: Day
    first: Day
    minutes: float
    budget_minutes: float
    done: bool
    left_out: int
    catch_up: bool
    newcomer: bool
    papers: list[ForYouPaper]


class ShownPaper(Answer):
    """A paper that was shown before, and on which day."""

    paper: MaybePaper
    day: Day


class Shown(Answer):
    """What was shown before, the newest first."""

    papers: list[ShownPaper]
    next: Next


class NearPaper(Answer):
    """A paper that was judged, and how alike it is."""

    title: str
    similarity: float


class TermShare(Answer):
    """A word of an interest with its part of the evidence by words."""

    term: str
    share: float


class WhyTold(Answer):
    """Why a paper stands where it does for its reader, and what would change that."""

    probability: float
    interest: int
    because: str
    near: list[NearPaper]
    terms: list[TermShare]
    meaning: float
    words: float
    dislikes: float


class SeedTold(Answer):
    """What a reader told of themselves."""

    id: int
    kind: Literal["paper", "sentence"]
    title: str
    text: str


class InterestTold(Answer):
    """One interest, with the papers that made it."""

    id: int
    name: str
    terms: list[str]
    weight: float
    muted: bool
    by_hand: bool
    liked: list[PaperName]
    disliked: list[PaperName]
    seeds: list[int]


class Interests(Answer):
    """All that is known of a reader’s taste."""

    interests: list[InterestTold]
    seeds: list[SeedTold]
    likes: int
    dislikes: int
    rate: Annotated[float, Field(description="Share of what was shown that was liked.")]
    model: str
    popularity: bool


class Profile(Answer):
    """A profile in the form that is taken in again."""

    format: str
    popularity: bool
    interests: list[dict[str, Any]]


class ProfileTaken(Answer):
    """What came of a profile."""

    interests: int
    likes: int
    dislikes: int
    seeds: int
    unknown: int


class SeedsTaken(Answer):
    """Numbers of what was noted."""

    seeds: list[int]


class ToRate(Answer):
    """Papers whose ratings would tell most."""

    papers: list[Listed]


class ExportTold(Answer):
    """Every row that is a reader’s, by table."""

    model_config = ConfigDict(extra="allow")
