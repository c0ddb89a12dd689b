"""Makes any text one that a tokenizer takes."""

from __future__ import annotations

import re

# A token of English is 4 to 6 characters; a text whose first 64 per token hold no full
# window is white space or one endless word, of which more would not tell more.
CHARACTERS_PER_TOKEN = 64
_SURROGATES = re.compile("[\ud800-\udfff]")


def readable(text: str, tokens: int) -> str:
    """Cuts what a window of ``tokens`` cannot reach, and replaces what UTF-8 cannot hold.

    Without the cut ten megabytes of text would be tokenised to keep 256 tokens of them.
    """
    return _SURROGATES.sub("\ufffd", text[: tokens * CHARACTERS_PER_TOKEN])
