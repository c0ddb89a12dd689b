"""What readers and the community say about papers, looked up for many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from broadsheet.catalog import Work
from broadsheet.readers import Claim, Organisation, Reader, Submission, WorkLink
from broadsheet.text import Reading
from broadsheet.web.desk import State

EXTRACTED = "broadsheet-extract (the paper's own sentence)"
EDITORS = "none (in the words of this collection's editors)"


@dataclass(frozen=True, slots=True)
class Around:
    """By work id; what nobody said anything about is left out. ``readers`` are by number."""

    votes: Mapping[int, int] = field(default_factory=dict)
    comments: Mapping[int, int] = field(default_factory=dict)
    submissions: Mapping[int, Submission] = field(default_factory=dict)
    claims: Mapping[int, Sequence[Claim]] = field(default_factory=dict)
    organisations: Mapping[int, Sequence[Organisation]] = field(default_factory=dict)
    links: Mapping[int, Sequence[WorkLink]] = field(default_factory=dict)
    readers: Mapping[int, Reader] = field(default_factory=dict)
    readings: Mapping[int, Reading] = field(default_factory=dict)


def around(state: State, works: Mapping[int, Work]) -> Around:
    """What is said about these works now."""
    community = state.readers.community
    links = {number: community.links.told(work) for number, work in works.items()}
    read = readings_of(state, works)
    ids = list(state.readers.talked.among(works))
    if not ids:
        return Around(links=links, readings=read)
    links |= community.links.of_many({number: works[number] for number in ids})
    submissions = {
        number: found
        for number, found in community.submissions.on(ids).items()
        if found.state == "here"
    }
    claims = community.claims.on(ids)
    people = {found.reader_id for found in submissions.values()}
    people |= {claim.reader_id for found in claims.values() for claim in found}
    readers = {number: state.readers.accounts.get(number) for number in people}
    return Around(
        state.readers.acts.votes(ids),
        community.comments.count(ids),
        submissions,
        claims,
        community.organisations.on(ids),
        links,
        {number: reader for number, reader in readers.items() if reader is not None},
        read,
    )


def readings_of(state: State, works: Mapping[int, Work]) -> dict[int, Reading]:
    """What was read from these works; a paper that changed since is left out, for the places in
    its text are others."""
    return state.readings.get_many([n for n, work in works.items() if work.seq <= state.read_seq])


def summary_of(work: Work, reading: Reading | None) -> tuple[str, str]:
    """A paper in a sentence, and whose words these are; ('', '') where there is none."""
    if reading is not None and reading.summary is not None:
        span = reading.summary
        return work.paper.abstract[span.start : span.end], EXTRACTED
    return (work.paper.summary, EDITORS) if work.paper.summary else ("", "")
