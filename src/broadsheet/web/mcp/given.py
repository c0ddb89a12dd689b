"""What tools take. A field that is not known is refused, and so is a wrong type."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from broadsheet.papers import parse_date
from broadsheet.readers import REASONS
from broadsheet.web.mcp.answers import Abstracts
from broadsheet.web.params import LONGEST_QUERY

MOST_PAPERS = 50
MOST_TOKENS = 20_000
LAST_OFFSET = 10_000

_DAY = r"^(\d{4}(-\d{2}(-\d{2})?)?)?$"

Limit = Annotated[int, Field(ge=1, le=MOST_PAPERS, description="papers at most")]
Offset = Annotated[int, Field(ge=0, le=LAST_OFFSET, description="papers to skip; see next")]
Tokens = Annotated[
    int, Field(ge=200, le=MOST_TOKENS, description="the answer's size at most; a page is cut to it")
]
Mode = Annotated[
    Abstracts, Field(description="none, snippet (the first 280 characters) or full abstracts")
]
PaperId = Annotated[
    str, Field(min_length=1, max_length=2000, description="an id, DOI or address of a paper")
]


def _real(day: str) -> str:
    if day and not parse_date(day):
        raise ValueError(f"there is no day {day}")
    return day


Day = Annotated[
    str, Field(pattern=_DAY, description="2026, 2026-08 or 2026-08-20"), AfterValidator(_real)
]
Query = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_QUERY,
        description="words, or a sentence that says what is looked for; also “a phrase”, -word, "
        "author:NAME, cat:cs.LG, year:2023..",
    ),
]


class Given(BaseModel):
    """The arguments of a tool."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Nothing(Given):
    """No argument."""


class SearchGiven(Given):
    """A question."""

    query: Query


class FetchGiven(Given):
    """A paper."""

    id: PaperId


class Paged(Given):
    """How much of a list is answered."""

    limit: Limit = 20
    offset: Offset = 0
    abstracts: Mode = "snippet"
    max_tokens: Tokens = 4000


class PapersGiven(Paged):
    """A search with all that narrows it."""

    query: Annotated[str, Field(max_length=LONGEST_QUERY, description="as in search")] = ""
    sort: Literal["relevance", "newest"] = "relevance"
    first_day: Annotated[Day, Field(description="published from then on")] = ""
    last_day: Annotated[Day, Field(description="published up to then")] = ""
    categories: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=60)]],
        Field(max_length=20, description="any of these: cs.LG, or cs for all of it"),
    ] = []
    authors: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=200)]],
        Field(max_length=10, description="all of these"),
    ] = []
    explain: Annotated[bool, Field(description="say of each paper why it was found")] = False


class SimilarGiven(Given):
    """A paper whose neighbours are wanted."""

    id: PaperId
    limit: Limit = 10
    sort: Literal["relevance", "newest"] = "relevance"
    abstracts: Mode = "snippet"
    max_tokens: Tokens = 4000


class EditionGiven(Paged):
    """An edition."""

    edition: Annotated[
        str,
        Field(
            max_length=20,
            description="latest (newest day), week, month, or a key: 2026-08-20, 2026-W34, 2026-08",
        ),
    ] = "latest"
    section: Annotated[
        str, Field(max_length=60, description="only this section, a category: cs.CL")
    ] = ""


class TrendingGiven(Paged):
    """A list of what readers turn to."""

    kind: Literal["day", "week", "month"] = "week"
    as_of: Annotated[
        str,
        Field(pattern=r"^(\d{4}-\d{2}-\d{2})?$", description="the list as it was on a day"),
        AfterValidator(_real),
    ] = ""
    category: Annotated[str, Field(max_length=60)] = ""


class ForYouGiven(Paged):
    """A reader's own list."""

    minutes: Annotated[
        int, Field(ge=0, le=480, description="reading time; 0: what the reader has set")
    ] = 0


class SinceGiven(Given):
    """Where to go on from."""

    cursor: Annotated[
        str,
        Field(
            max_length=400,
            description="the cursor of the last answer; empty: begin with the newest edition",
        ),
    ] = ""
    limit: Limit = 20
    categories: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=60)]],
        Field(max_length=20, description="only papers in any of these: cs.LG, or cs for all of it"),
    ] = []
    abstracts: Mode = "snippet"
    max_tokens: Tokens = 4000


class TermsGiven(Paged):
    """A keyword, or a period whose keywords are wanted."""

    term: Annotated[
        str, Field(max_length=200, description="a keyword: answers its papers, newest first")
    ] = ""
    first_day: Annotated[Day, Field(description="without a term: the keywords from then on")] = ""
    last_day: Annotated[Day, Field(description="and up to then")] = ""


class ListsGiven(Paged):
    """A list to look into."""

    list: Annotated[
        str,
        Field(max_length=20, description="a list's id, or saved; empty: the names of all lists"),
    ] = ""
    query: Annotated[
        str,
        Field(
            max_length=LONGEST_QUERY,
            description="as in search; notes count too",
        ),
    ] = ""


class VoteGiven(Given):
    """A vote."""

    id: PaperId
    up: Annotated[bool, Field(description="false takes the vote back")] = True


class SaveGiven(Given):
    """A paper to save."""

    id: PaperId
    saved: Annotated[bool, Field(description="false takes it back")] = True


class DislikeGiven(Given):
    """A paper that is not wanted."""

    id: PaperId
    reason: Literal["", "topic", "author", "seen", "basic"] = ""
    undo: bool = False


class ListGiven(Given):
    """A paper for a list."""

    id: PaperId
    list: Annotated[
        str, Field(min_length=1, max_length=120, description="a list's id or name; made if new")
    ]
    note: Annotated[str, Field(max_length=10_000)] = ""


assert set(REASONS) == {"topic", "author", "seen", "basic"}  # noqa: S101  # as DislikeGiven says
