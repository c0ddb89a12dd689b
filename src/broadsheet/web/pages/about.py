"""About and status: what this home holds, and how far its index is."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.metadata import version

from broadsheet.web.desk import State
from broadsheet.web.reply import Body
from broadsheet.web.site import Site
from broadsheet.web.templating import day_of, moment_of
from broadsheet.web.views import counted


@dataclass(frozen=True, slots=True)
class Figure:
    """A row of the table; ``progress`` in per cent, None when it has none."""

    name: str
    value: str
    progress: int | None = None


def coverage(state: State) -> str:
    """How much of the paper can be found, in the few words of a dateline."""
    status = state.status
    if not state.works:
        return "No papers yet"
    if status is None:
        return "Being filed; search follows"
    unfiled = state.works - status.papers
    if unfiled > 0:
        return f"{status.papers:,} of {state.works:,} papers filed so far"
    if status.pending and not state.encoder_problem:
        return f"Meaning search covers {status.encoded:,} of {status.papers:,} papers"
    if state.encoder_problem:
        return "Search by words; meaning is off"
    return "All found by words and by meaning"


def about(site: Site, state: State) -> Body:
    """The page."""
    values: dict[str, object] = {
        "here": "/about",
        "notes": [note for note in (state.index_problem, state.encoder_problem) if note],
        "figures": figures(state),
        "sources": [(name, f"{count:,}") for name, count in state.catalog.sources()],
        "versions": [
            ("Broadsheet", version("broadsheet")),
            ("Python", sys.version.split()[0]),
            ("Encoder", _encoder(state)),
            ("Index generation", state.status.generation if state.status else "none yet"),
        ],
    }
    return site.render("about.html", values)


def _encoder(state: State) -> str:
    """What answers by meaning; of a home's own model also which, and since when."""
    if state.index is None or not state.index.encoder:
        return "none yet"
    chosen = state.encoder_choice
    if not (chosen.since and chosen.key in ("", state.index.encoder)):
        return state.index.encoder
    whose = f"trained here as {chosen.run}" if chosen.run else "the settings’ own"
    return f"{state.index.encoder} ({whose}, since {day_of(chosen.since)})"


def figures(state: State) -> list[Figure]:
    """Counts and completeness."""
    rows = [Figure("Papers", f"{state.works:,}")]
    days = state.catalog.days(1)
    if days:
        rows.append(Figure("Newest edition", f"{day_of(days[0][0])}, {counted(days[0][1])}"))
    status = state.status
    if status is None:
        return [*rows, Figure("Found by words", "the index is not made yet", 0)]
    rows.append(_covered("Found by words", status.papers, state.works))
    rows.append(_covered("Found by meaning", status.encoded, status.papers))
    rows.append(Figure("Last filed", moment_of(status.committed_at) or "never"))
    rows.append(Figure("Index on disk", f"{status.bytes / 1e6:,.1f} MB"))
    return rows


def _covered(name: str, done: int, total: int) -> Figure:
    # Rounded down: 100 % is said only when nothing is missing.
    percent = 100 if done >= total else 100 * done // total
    return Figure(name, f"{done:,} of {total:,} ({percent} %)", percent)
