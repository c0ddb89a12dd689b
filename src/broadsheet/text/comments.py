"""Sentences that an author commented out with ``%`` and that lost their line breaks.

In TeX a comment ends with its line; a listing joins the lines, so where the comment ended
must be read from the text: at the end of its sentence, or where a new sentence starts in
the middle of it. Only ``%Word`` is a comment: ``% Word`` is as often a line with nothing
but ``%``, set between two paragraphs that the author means (on arXiv, 2025: the greater
part of them), so there the mark goes and the sentence stays.
"""

from __future__ import annotations

import re

# A comment starts after a finished sentence. "8 vol. % methanol" and "50 %" are quantities.
_FINISHED = (
    r"(?:^|(?<=[.!?:]))(?<!at\.)(?<!vol\.)(?<!wt\.)(?<!mol\.)(?<!mass\.)(?<!approx\.)(?<!ca\.)"
)
# One look, fast because it begins with its mark, spares nearly every text the two below.
_SUSPECT = re.compile(r"%(?=[A-Za-z\\ %])(?:(?<=[.!?:]%)|(?<=[.!?:] %)|(?<=\A%))")
_COMMENT = re.compile(rf"{_FINISHED} ?%+(?=[A-Za-z]|\\[a-z]{{4}})")
_DIVIDER = re.compile(rf"{_FINISHED} ?%+ (?=[A-Z][a-z])")
_RESUMED = re.compile(
    r"(?<=[a-z]) (?=(?:We|In|This|The|To|Since|However|These|Our|It|For|Here|Moreover|"
    r"Furthermore|Specifically|As|While|By|Although|Thus|Recent|Existing|Despite|Using) )"
)
_SENTENCE_END = re.compile(
    r"(?<!\be\.g)(?<!\bi\.e)(?<!\bal)(?<!\bvs)(?<!\bcf)[.!?](?= |%|$|[A-Z][a-z])"
)
_LONGEST_COMMENT = 1_500


def without_comments(text: str) -> str:
    """The text without commented-out sentences; linear.

    A comment without an end within 1,500 characters is kept, and so are all when they are
    more than half of the text.
    """
    if not _SUSPECT.search(text):
        return text
    kept: list[str] = []
    position = 0
    while match := _COMMENT.search(text, position):
        end = _end_of_comment(text, match.end())
        if end < 0:
            break
        kept.append(text[position : match.start()])
        position = end
    result = "".join(kept) + text[position:]
    if len(result) * 2 < len(text):
        result = text
    return _DIVIDER.sub(" ", result)


def _end_of_comment(text: str, start: int) -> int:
    limit = min(len(text), start + _LONGEST_COMMENT)
    stop = _SENTENCE_END.search(text, start, limit)
    if not stop:
        return -1
    resumed = _RESUMED.search(text, start, stop.start())
    return resumed.start() if resumed else stop.end()
