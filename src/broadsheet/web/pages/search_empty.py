"""What the search page says where there is nothing to show, and where one may begin."""

from __future__ import annotations

from broadsheet.web.desk import State
from broadsheet.web.pages.search_asked import Asked
from broadsheet.web.pages.search_views import PartView
from broadsheet.web.shelves import Shelf
from broadsheet.web.site import Site

_EXAMPLES = (
    ("attribution that changes the prediction", "a sentence: found by meaning and by words"),
    ('"in-context learning" -retrieval', "a phrase, without a word"),
    ("pruning of language models, not vision", "what is not wanted, said in words"),
    ("pruning year:2023..", "words, from a year on"),
    ("author:smith cat:cs.CL", "an author in a subject"),
)

_START_OF_LIST: dict[str, object] = {
    "title": "Ask in words or in a sentence",
    "lines": (
        "The papers of this list are found by what they mean, by the words they use, and by the "
        "notes and tags beside them.",
    ),
    "examples": (),
}


def start(site: Site, state: State, shelf: Shelf | None) -> dict[str, object]:
    """What can be asked, before anything was."""
    if shelf is not None:
        return _START_OF_LIST
    if not state.works:
        return {
            "title": "No papers yet",
            "lines": ("Take some in with “broadsheet import FILE”; they are found at once.",),
            "examples": (),
        }
    return {
        "title": "Ask in words or in a sentence",
        "lines": ("Papers are found by what they mean and by the words they use.",),
        "examples": tuple(
            {"text": text, "url": site.links.search(text), "says": says} for text, says in _EXAMPLES
        ),
    }


# What narrows without a word to look for: other words would not help.
_NARROWS = ("author", "category", "source", "date", "has", "venue", "note")
NOT_YET: dict[str, object] = {
    "title": "Not filed yet",
    "lines": (
        "The index is still to be made. “broadsheet serve” does so by itself within moments; "
        "“broadsheet index build” does it now.",
    ),
    "examples": (),
}


def nothing(site: Site, asked: Asked, parts: tuple[PartView, ...]) -> dict[str, object]:
    """That nothing was found, and what of the search may be left out."""
    if asked.offset:
        return {
            "title": "No further results",
            "lines": (),
            "examples": (
                {
                    "text": "Back to the best matches",
                    "url": asked.at(0).address(site.links.base),
                    "says": "",
                },
            ),
        }
    removable = [part for part in parts if len(parts) > 1 and part.without]
    return {
        "title": "Nothing found",
        "lines": (_found_none(parts, removable=bool(removable)),),
        "examples": tuple(
            {"text": f"Leave out: {part.text}", "url": part.without, "says": ""}
            for part in removable
        ),
    }


def _found_none(parts: tuple[PartView, ...], *, removable: bool) -> str:
    """Why nothing was found, and what may help."""
    if removable:
        return "No paper here matches all of it. Leave a part out, or ask with other words."
    only = parts[0] if len(parts) == 1 else None
    if only is None or only.kind not in _NARROWS:
        return "No paper here matches. Ask with other words, or with a whole sentence."
    if only.kind == "author":
        return f"No paper here is {only.text}. Perhaps the family name alone finds them."
    return f"No paper here is {only.text}."
