"""How papers, withdrawn ones above all, are told where only plain words go: feeds, mails,
Markdown, the terminal."""

from __future__ import annotations

from broadsheet.papers import Paper


def told_title(paper: Paper, title: str) -> str:
    """A title, with the word before it that pages show as a mark."""
    if not paper.withdrawn or title.lower().startswith(("withdrawn", "[withdrawn", "retracted")):
        return title
    return f"Withdrawn: {title}"


def told_comments(paper: Paper) -> str:
    """A record's comments, which is where arXiv says that a paper was withdrawn; with what its
    source says of that where no text of the paper does."""
    comments = paper.extra.get("comments")
    comments = " ".join(comments.split()) if isinstance(comments, str) else ""
    texts = (paper.title, paper.abstract, comments)
    if any(paper.withdrawn in text for text in texts):  # '' stands in every text
        return comments
    return f"{comments}; {paper.withdrawn}" if comments else paper.withdrawn


def authors_comments(paper: Paper) -> str:
    """What authors note beside a paper that stands; of one that was withdrawn, what is said of
    that is told apart."""
    return "" if paper.withdrawn else told_comments(paper)
