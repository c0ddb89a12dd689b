"""The text that stands for a paper before an encoder, and the hash that names it."""

from __future__ import annotations

from hashlib import blake2b

from broadsheet.formulas import plain
from broadsheet.papers import Paper

HASH_BYTES = 16


def embedded_text(paper: Paper) -> str:
    """Title and abstract (the summary where there is no abstract) on two lines, formulas readable.

    The paper must be clean. '' for a paper without any text.
    """
    body = paper.abstract or paper.summary
    return "\n".join(part for part in (plain(paper.title), plain(body)) if part)


def text_hash(paper: Paper) -> bytes:
    """16 bytes of BLAKE2b over `embedded_text`: the key of a paper's vector."""
    return blake2b(embedded_text(paper).encode(), digest_size=HASH_BYTES).digest()
