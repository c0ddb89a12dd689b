"""A paper as Hugging Face's API has it.

Their client reads some fields from the outer object only, some from the ``paper`` within, some
from either: a listing has what both need at both levels. Dates are always whole moments with Z;
a key without a value is left out, because null is not always taken for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from broadsheet.catalog import Work
from broadsheet.papers import Author
from broadsheet.readers import Claim, Organisation, Reader, WorkLink
from broadsheet.text import Reading, told_title
from broadsheet.web.compat.around import Around, summary_of
from broadsheet.web.compat.naming import hub_name, object_id
from broadsheet.web.compat.replies import moment
from broadsheet.web.licences import licence_of

_MOST_LINKED = 50
_LONG_AGO = "1970-01-01T00:00:00.000Z"
_KINDS = {"datasets": "datasets", "spaces": "spaces"}


def listed(work: Work, said: Around) -> dict[str, Any]:
    """A paper in a listing or among search results."""
    inner = _paper(work, said)
    outer: dict[str, Any] = {
        "paper": inner,
        "title": inner["title"],
        "summary": inner["summary"],
        **{name: inner[name] for name in _AT_BOTH if name in inner},
        **_outside(work, said),
    }
    # The client takes the outer date for the day of the listing.
    if "submittedOnDailyAt" in inner:
        outer["publishedAt"] = inner["submittedOnDailyAt"]
    return outer


def info(work: Work, said: Around) -> dict[str, Any]:
    """A paper alone: everything at one level, with the models, data and spaces linked to it."""
    found = _paper(work, said) | _outside(work, said)
    repositories = linked(said.links.get(work.id, ()))
    for name, title in (("models", "Models"), ("datasets", "Datasets"), ("spaces", "Spaces")):
        found[f"linked{title}"] = [_repository(one) for one in repositories[name]]
        found[f"numTotal{title}"] = len(repositories[name])
    return found


_AT_BOTH = (
    "upvotes", "localUpvotes", "sourceUpvotes", "discussionId", "submittedOnDailyAt",
    "submittedOnDailyBy", "ai_summary", "ai_summary_model", "ai_keywords", "githubRepo",
    "githubStars", "projectPage", "organization", "license", "withdrawnAt",
)  # fmt: skip


def _paper(work: Work, said: Around) -> dict[str, Any]:
    paper = work.paper
    here, outside = said.votes.get(work.id, 0), source_votes(work)
    found: dict[str, Any] = {
        "_id": object_id(work.id),
        "id": hub_name(paper, work.id),
        "authors": _authors(work, said),
        "title": told_title(paper, paper.title),
        "summary": paper.abstract,
        "upvotes": here + outside,
        "localUpvotes": here,
        "sourceUpvotes": outside,
        "discussionId": object_id(work.id),
    }
    if published := moment(work.published or work.announced):
        found["publishedAt"] = published
    if listed_at := moment(work.announced):
        found["submittedOnDailyAt"] = listed_at
    if paper.withdrawn:
        # The day of the record that says so, which is the nearest that is known.
        said_on = work.updated or work.announced or work.published
        found["withdrawnAt"] = moment(said_on) or _LONG_AGO
    submission = said.submissions.get(work.id)
    if submission is not None and (reader := said.readers.get(submission.reader_id)):
        found["submittedOnDailyBy"] = user(reader)
    found |= _summaries(work, said.readings.get(work.id)) | _links(
        work, said.links.get(work.id, ())
    )
    if organisations := said.organisations.get(work.id):
        found["organization"] = organization(organisations[0])
    elif told := _organization_told(work):
        found["organization"] = told
    if licence := licence_of(work):
        found["license"] = licence
    return found


def _outside(work: Work, said: Around) -> dict[str, Any]:
    found: dict[str, Any] = {
        "numComments": said.comments.get(work.id, 0),
        "source": work.paper.source,
        "thumbnail": "",
        "mediaUrls": [],
    }
    submission = said.submissions.get(work.id)
    if submission is not None and (reader := said.readers.get(submission.reader_id)):
        found["submittedBy"] = user(reader)
    return found


def _authors(work: Work, said: Around) -> list[dict[str, Any]]:
    claimed = {claim.author: claim for claim in said.claims.get(work.id, ())}
    return [
        _author(author, place, work, claimed, said)
        for place, author in enumerate(work.paper.authors, 1)
    ]


def _author(
    author: Author, place: int, work: Work, claimed: Mapping[str, Claim], said: Around
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "_id": object_id(work.id, place),
        "name": author.name,
        "hidden": False,
    }
    claim = claimed.get(author.name)
    if claim is not None and (reader := said.readers.get(claim.reader_id)):
        found["user"] = user(reader)
        found["status"] = "claimed_verified"
        found["statusLastChangedAt"] = moment(claim.at)
    return found


def user(reader: Reader) -> dict[str, Any]:
    """A reader: their site calls the name ``name``, their client reads ``user``."""
    return {
        "_id": object_id(reader.id),
        "avatarUrl": "",
        "fullname": reader.display or reader.name,
        "name": reader.name,
        "user": reader.name,
        "type": "user",
        "isPro": False,
        "isHf": False,
        "isHfAdmin": False,
        "isMod": reader.is_curator,
        "followerCount": 0,
    }


def organization(found: Organisation) -> dict[str, Any]:
    """An organisation; ``name`` is what stands in its address."""
    return {
        "_id": object_id(found.id),
        "name": found.slug,
        "fullname": found.name,
        "avatar": "",
        "avatarUrl": "",
        "details": found.about,
    }


def _summaries(work: Work, reading: Reading | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    summary, model = summary_of(work, reading)
    if summary:
        found["ai_summary"], found["ai_summary_model"] = summary, model
    if reading is not None and reading.keywords:
        return found | {"ai_keywords": [keyword.text for keyword in reading.keywords]}
    keywords = work.paper.extra.get("ai_keywords")
    if isinstance(keywords, list) and all(isinstance(word, str) for word in keywords):
        found["ai_keywords"] = keywords
    return found


def _links(work: Work, links: Sequence[WorkLink]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    codes = [one.url for one in links if one.kind == "code"]
    hosted = [url for url in codes if "//github.com/" in url]
    code = next(iter(hosted or codes), "") or _address(work, "githubRepo")
    project = next((one.url for one in links if one.kind == "project"), "")
    project = project or _address(work, "projectPage")
    if code:
        found["githubRepo"] = code
        stars = work.paper.extra.get("githubStars")
        if isinstance(stars, int) and not isinstance(stars, bool) and stars >= 0:
            found["githubStars"] = stars
    if project:
        found["projectPage"] = project
    return found


def _address(work: Work, name: str) -> str:
    """A web address among a record's own fields, '' for none."""
    value = work.paper.extra.get(name)
    good = isinstance(value, str) and value.lower().startswith(("http://", "https://"))
    return str(value)[:2000] if good else ""


def _organization_told(work: Work) -> dict[str, Any]:
    """The organisation that a record of theirs names."""
    told = work.paper.extra.get("organization")
    if not isinstance(told, dict):
        return {}
    kept = ("_id", "name", "fullname", "avatar")
    found = {name: told[name] for name in kept if isinstance(told.get(name), str)}
    return found if "name" in found else {}


def linked(links: Sequence[WorkLink]) -> dict[str, list[str]]:
    """The repositories on Hugging Face that belong to a paper, by kind: ``owner/name`` each."""
    found: dict[str, dict[str, None]] = {"models": {}, "datasets": {}, "spaces": {}}
    for link in links[:_MOST_LINKED]:
        parts = urlsplit(link.url)
        if (parts.hostname or "").removeprefix("www.") not in ("huggingface.co", "hf.co"):
            continue
        path = [part for part in parts.path.split("/") if part]
        kind = _KINDS.get(path[0], "models") if path else ""
        name = path[1:3] if kind in _KINDS else path[:2]
        if kind and len(name) == 2 and path[0] not in ("papers", "collections", "docs", "blog"):
            found[kind]["/".join(name)] = None
    return {kind: list(names) for kind, names in found.items()}


def _repository(name: str) -> dict[str, Any]:
    return {"_id": name, "id": name, "author": name.split("/")[0]}


def source_votes(work: Work) -> int:
    """The upvotes that a paper's source counted; 0 for none."""
    return counted(work.paper.extra.get("upvotes"))


def counted(value: object) -> int:
    """A count of a record's own fields, whatever kind it came as; 0 for what is none."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        value = int(value.strip()[:9])
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return max(0, min(value, 10**9))
