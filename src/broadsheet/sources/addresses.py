"""What an address leads to."""

from __future__ import annotations

import re

from broadsheet.papers import Link
from broadsheet.text import found_links

_CODE = re.compile(
    r"https?://(?:www\.)?(?:github\.com/[\w.-]+/[\w.-]+|gitlab\.com/|bitbucket\.org/|codeberg\.org/)",
    re.IGNORECASE,
)
_DATA = re.compile(r"https?://(?:huggingface\.co/datasets/|zenodo\.org/|(?:www\.)?kaggle\.com/)")
_MODEL = re.compile(r"https?://huggingface\.co/(?!papers|spaces|docs|blog)[\w.-]+/[\w.-]+")
_PDF = re.compile(
    r"https?://(?:\S+\.pdf(?:[?#]\S*)?|arxiv\.org/pdf/\S+|openreview\.net/pdf\S*)", re.I
)
_ABSTRACT = re.compile(
    r"https?://(?:arxiv\.org/abs/|(?:dx\.)?doi\.org/|(?:www\.)?aclanthology\.org/|openreview\.net/forum)"
)
_PROJECT = re.compile(r"https?://[\w-]+\.(?:github|gitlab)\.io(?:/|$)")
_KINDS = ((_CODE, "code"), (_DATA, "data"), (_MODEL, "model"), (_PDF, "pdf"))


def link_to(address: str, kind: str = "") -> Link:
    """The link of an http(s) address; its kind is read from the address where none is given."""
    if kind:
        return Link(kind, address)
    for pattern, name in (*_KINDS, (_ABSTRACT, "abstract"), (_PROJECT, "project")):
        if pattern.match(address):
            return Link(name, address)
    return Link("other", address)


def links_in(text: str) -> list[Link]:
    """Links to code, data, models and project pages that a text names."""
    return [Link(link.kind, link.url) for link in found_links(text) if link.kind != "other"]
