"""Sets and identifiers of the OAI-PMH provider: what is written, and what it means here.

Categories of arXiv are sets as arXiv itself writes them (``cs``, ``cs:cs:CL``,
``physics:hep-th``), other categories are ``category:…``, sources ``source:…``. A paper of arXiv is
``oai:arXiv.org:ID``, any other ``oai:broadsheet:SCHEME:ID``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, unquote

from broadsheet.catalog import Section
from broadsheet.editions import category_name
from broadsheet.sources import PHYSICS, UnknownSetError, oai_set, set_name

ARXIV, OURS = "oai:arXiv.org:", "oai:broadsheet:"
SPEC = re.compile(r"[\w.!~*'()-]+(?::[\w.!~*'()-]+)*", re.ASCII)

_KNOWN = re.compile(r"[a-z][a-z-]*(?:\.[A-Za-z-]+)?", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9_.!*'()-]", re.ASCII)
_CODED = re.compile(r"~([0-9A-F]{2})")
_URI = "/:;@!$&'()*+,=-._~"


@lru_cache(maxsize=4096)
def category_set(category: str) -> str:
    """The set of a category."""
    archive = category.partition(".")[0]
    if _KNOWN.fullmatch(category) and archive not in ("source", "category"):
        return oai_set(category)
    return f"category:{_coded(category)}"


@lru_cache(maxsize=4096)
def source_set(source: str) -> str:
    """The set of a source."""
    return f"source:{_coded(source)}"


def section_of(spec: str) -> Section | None:
    """The part of the catalog that a set is; None for what is not written as any is."""
    if not SPEC.fullmatch(spec):
        return None
    kind, _, rest = spec.partition(":")
    if kind == "source" and rest:
        return Section(sources=(_decoded(rest),))
    if kind == "category" and rest:
        return Section(categories=(_decoded(rest),))
    if spec == "physics":
        return Section(categories=tuple(sorted(PHYSICS)))
    if spec == "physics:physics":
        return Section(categories=("physics",))
    try:
        return Section(categories=(set_name(spec),))
    except UnknownSetError:
        return Section(categories=("\n",))  # which none is filed under


def sets_of(sources: list[str], categories: list[str]) -> list[tuple[str, str]]:
    """Every set that these make, with its name, larger ones before their parts."""
    found = {source_set(source): f"Papers from {source}" for source in sources}
    for category in categories:
        spec = category_set(category)
        name = _named(category)
        if not spec.startswith("category:"):
            parts = spec.split(":")
            # arXiv writes its archives as groups of themselves: "cs" holds "cs:cs", "cs:cs:CL".
            for one in (parts[0], ":".join(parts[:2])):
                found.setdefault(one, "Physics" if one == "physics" else _named(set_name(one)))
        found[spec] = name
    return sorted(found.items())


def identifier_of(name: str) -> str:
    """The identifier of an item; ``name`` is its ``scheme<TAB>value``."""
    scheme, _, value = name.partition("\t")
    if scheme == "arxiv":
        return f"{ARXIV}{_quoted(value)}"
    return f"{OURS}{_quoted(scheme)}:{_quoted(value)}"


def name_of(identifier: str) -> str:
    """The name that an identifier of ours stands for; '' for one that is none."""
    for prefix in (ARXIV, OURS):
        if identifier.startswith(prefix):
            rest = identifier.removeprefix(prefix)
            scheme, colon, value = rest.partition(":")
            if prefix == ARXIV:
                scheme, colon, value = "arxiv", ":", rest
            name = f"{unquote(scheme)}\t{unquote(value)}"
            return name if colon and identifier_of(name) == identifier else ""
    return ""


def _named(category: str) -> str:
    name = category_name(category)
    return name if name == category else f"{name} ({category})"


def _quoted(text: str) -> str:
    return quote(text, safe=_URI, errors="replace")


def _coded(text: str) -> str:
    """Any text in the letters that a set may be written in."""
    return "".join(
        letter
        if _PLAIN.fullmatch(letter)
        else "".join(f"~{byte:02X}" for byte in letter.encode("utf-8", "replace"))
        for letter in text
    )


def _decoded(text: str) -> str:
    raw = _CODED.sub(lambda match: f"%{match[1]}", text.replace("%", "%25"))
    return unquote(raw, errors="replace")
