"""Withdrawn papers where only plain words go: feeds, mails, Markdown, the terminal."""

from __future__ import annotations

from broadsheet.papers import Paper


def told_title(paper: Paper, title: str) -> str:
    """A title, with the word before it that pages show as a mark."""
    if not paper.withdrawn or title.lower().startswith(("withdrawn", "[withdrawn", "retracted")):
        return title
    return f"Withdrawn: {title}"
