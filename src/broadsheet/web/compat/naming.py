"""What papers are called in the protocols of others, and what such a name means here.

Every name that is handed out is understood again: the public name of a paper, and for protocols
that want a number or a hash, the number of its work.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from starlette.exceptions import HTTPException

from broadsheet.catalog import Work
from broadsheet.editions import public_name
from broadsheet.papers import Paper
from broadsheet.web.api.common import work_named
from broadsheet.web.desk import State

# Hugging Face's objects have 24 hexadecimal digits, Semantic Scholar's papers 40.
_OBJECT, _S2 = 24, 40
_HEX = re.compile(r"0{8,}[0-9a-f]+", re.ASCII)
_CORPUS = re.compile(r"corpusid:\s*(\d{1,15})", re.ASCII | re.IGNORECASE)
# ACL ids are told apart by their case; all other schemes are read in any.
_PREFIX = re.compile(r"(acl|openreview|url|doi|arxiv):\s*(.*)", re.ASCII | re.IGNORECASE)
_S2_PAGE = re.compile(
    r"https?://(?:www\.|api\.)?semanticscholar\.org/(?:.*/)?([0-9a-f]{40})/?", re.ASCII
)
_SAFE = "/:@!$&'()*+,;=-._~"


def object_id(number: int, within: int = 0) -> str:
    """The 24 hexadecimal digits of a work; of its n-th author, or of its place in a list."""
    return f"{within:08x}{number:016x}" if within else f"{number:024x}"


def s2_id(work: Work) -> str:
    """The 40 hexadecimal digits of a work."""
    return f"{work.id:040x}"


def hub_name(paper: Paper, number: int) -> str:
    """The name of a paper as a client puts it into an address, which it does as it is.

    An arXiv id where there is one; what an address cannot hold stands quoted, and a name that
    would be changed on the way is replaced by the work's number.
    """
    name = public_name(paper)
    if "\\" in name or any(part in ("", ".", "..") for part in name.split("/")):
        return object_id(number)
    return quote(name, safe=_SAFE, errors="replace")


def work_by(state: State, name: str) -> Work:
    """The work that a name means in any of the protocols; 404 or 400 otherwise."""
    name = name.strip()
    if (number := _number(name)) and (work := _alive(state, number)):
        return work
    prefix = _PREFIX.fullmatch(name)
    if prefix is not None:
        scheme, value = prefix[1].lower(), prefix[2]
        if page := _S2_PAGE.fullmatch(value):
            return work_by(state, page[1])
        name = value if scheme == "url" else f"{scheme}:{value}"
    return work_named(state, name)


def find_by(state: State, name: str) -> Work | None:
    """The work that a name means; None where it means none or several."""
    try:
        return work_by(state, name)
    except HTTPException:
        return None


def _number(name: str) -> int:
    corpus = _CORPUS.fullmatch(name)
    if corpus:
        return int(corpus[1])
    if len(name) in (_OBJECT, _S2) and _HEX.fullmatch(name):
        return min(int(name, 16), 2**63 - 1)
    return 0


def _alive(state: State, number: int) -> Work | None:
    return state.recent.get_many([number]).get(number) if number < 2**63 - 1 else None
