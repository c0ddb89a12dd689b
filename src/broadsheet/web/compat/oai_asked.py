"""What is asked of the OAI-PMH provider, read to the letter of the protocol.

https://www.openarchives.org/OAI/openarchivesprotocol.html. A resumption token says all that the
next page needs, so nothing is kept for it here and it never grows old.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from broadsheet.catalog import Harvests, Section
from broadsheet.web.compat.oai_records import FORMATS
from broadsheet.web.compat.oai_sets import section_of

# verb -> (what it needs, what it may have besides, whether a token stands for all of that)
VERBS: dict[str, tuple[frozenset[str], frozenset[str], bool]] = {
    "Identify": (frozenset(), frozenset(), False),
    "ListMetadataFormats": (frozenset(), frozenset({"identifier"}), False),
    "ListSets": (frozenset(), frozenset(), True),
    "GetRecord": (frozenset({"identifier", "metadataPrefix"}), frozenset(), False),
    "ListIdentifiers": (
        frozenset({"metadataPrefix"}),
        frozenset({"from", "until", "set"}),
        True,
    ),
    "ListRecords": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"}), True),
}
TOKEN = "resumptionToken"  # noqa: S105  # a parameter's name

_LONGEST = 2_000
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SECOND = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)
_NUMBER = r"(\d{1,15})"
_PLACE = re.compile(rf"([A-Za-z_]+),{_NUMBER},(-?\d{{1,15}}),{_NUMBER},{_NUMBER},{_NUMBER},(.*)")


class OaiError(Exception):
    """An error of the protocol: its code, and a sentence."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(said)
        self.code = code


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list stands: the changes after ``after`` up to ``through`` (0: all there will be),
    ``given`` of ``size`` told; ``seen`` is the last change there was when these were counted."""

    prefix: str
    after: int
    through: int
    given: int = 0
    size: int = 0
    seen: int = 0
    set: str = ""

    def token(self) -> str:
        """The place as text."""
        numbers = (self.after, self.through, self.given, self.size, self.seen)
        return ",".join([self.prefix, *map(str, numbers), self.set])

    def section(self) -> Section:
        """The part of the catalog that is listed."""
        found = section_of(self.set) if self.set else Section()
        if found is None:
            raise OaiError("badArgument", f"set: {self.set[:100]} is not written as a set is")
        return found


def arguments(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The arguments of a request; raises `OaiError` for a verb or an argument there is not."""
    verbs = [value for name, value in pairs if name == "verb"]
    if len(verbs) != 1:
        said = "is missing" if not verbs else "is there more than once"
        raise OaiError("badVerb", f"the argument verb {said}")
    if verbs[0] not in VERBS:
        raise OaiError("badVerb", f"{verbs[0][:100]} is no verb; there are {', '.join(VERBS)}")
    found = dict(pairs)
    if len(found) < len(pairs):
        raise OaiError("badArgument", "an argument is there more than once")
    needed, optional, resumed = VERBS[verbs[0]]
    names = set(found) - {"verb"}
    known = needed | optional | ({TOKEN} if resumed else set())
    if strange := sorted(names - known):
        raise OaiError("badArgument", f"{verbs[0]} takes no argument {strange[0][:100]}")
    if TOKEN in names:
        if len(names) > 1:
            raise OaiError("badArgument", f"{TOKEN} stands alone beside the verb")
    elif missing := sorted(needed - names):
        raise OaiError("badArgument", f"{verbs[0]} needs the argument {missing[0]}")
    for name, value in found.items():
        if not value or len(value) > _LONGEST:
            raise OaiError("badArgument", f"{name}: empty, or longer than {_LONGEST:,} characters")
    return found


def begun(asked: dict[str, str], harvests: Harvests, seq: int) -> Place:
    """The beginning of a list that arguments ask for; ``seq`` is the last change there is."""
    if asked["metadataPrefix"] not in FORMATS:
        raise OaiError(
            "cannotDisseminateFormat", f"metadataPrefix: one of {', '.join(FORMATS)} is wanted"
        )
    since, until = asked.get("from", ""), asked.get("until", "")
    for name, value in (("from", since), ("until", until)):
        if value and not _is_time(value):
            raise OaiError("badArgument", f"{name}: 2026-08-20 or 2026-08-20T04:00:00Z is wanted")
    if since and until:
        if len(since) != len(until):
            raise OaiError("badArgument", "from and until are not equally precise")
        if since > until:
            raise OaiError("badArgument", "from is later than until")
    if len(since) == len("2026-08-20"):
        since += "T00:00:00Z"
    if len(until) == len("2026-08-20"):
        until += "T23:59:59Z"
    after, through = harvests.stretch(since, until)
    place = Place(asked["metadataPrefix"], after, through, seen=seq, set=asked.get("set", ""))
    return replace(place, size=harvests.count(after, through, place.section()))


def resumed(token: str, harvests: Harvests, seq: int) -> Place:
    """Where a token goes on; its size is counted anew if anything changed since."""
    match = _PLACE.fullmatch(token)
    if match is None or match[1] not in FORMATS or (match[7] and section_of(match[7]) is None):
        raise OaiError("badResumptionToken", "not one of ours; begin without it")
    after, through, given, size, seen = map(int, match.groups()[1:6])
    place = Place(match[1], after, through, given, size, seen, match[7])
    if max(place.after, place.through, place.seen) > seq:
        # The catalog is an older one than that which gave the token: a backup was restored.
        raise OaiError("badResumptionToken", "the catalog was replaced; begin without it")
    if place.seen == seq:
        return place
    size = place.given + harvests.count(place.after, place.through, place.section())
    return replace(place, size=size, seen=seq)


def _is_time(text: str) -> bool:
    if not (_DAY.fullmatch(text) or _SECOND.fullmatch(text)):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
