"""A card for people: Markdown, and the same as a page that stands alone."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from broadsheet.learn.cards import Card

Row = tuple[str, ...]
_SHOWN_TOPICS = 12
_SIGN = "style='font:16px/1.5 Georgia,serif;max-width:60rem;margin:2rem auto;padding:0 1rem'"


def as_markdown(card: Card) -> str:
    """A card as Markdown."""
    parts: list[str] = []
    for title, text, rows in _sections(card):
        parts.append(f"{'#' if not parts else '##'} {title}\n")
        if text:
            parts.append(f"{text}\n")
        if rows:
            head, *body = rows
            lines = [_line(head), _line(["---"] * len(head)), *(_line(row) for row in body)]
            parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def as_html(card: Card) -> str:
    """A card as one page without script or outside files."""
    parts = [
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        f"<title>{html.escape(card.run)}</title></head><body {_SIGN}>"
    ]
    for place, (title, text, rows) in enumerate(_sections(card)):
        level = "h1" if place == 0 else "h2"
        parts.append(f"<{level}>{html.escape(title)}</{level}>")
        if text:
            parts.append(f"<p>{html.escape(text)}</p>")
        if rows:
            parts.append("<table cellpadding=4>")
            for number, row in enumerate(rows):
                cell = "th align=left" if number == 0 else "td"
                cells = "".join(f"<{cell}>{html.escape(value)}</{cell[:2]}>" for value in row)
                parts.append(f"<tr>{cells}</tr>")
            parts.append("</table>")
    return "\n".join([*parts, "</body></html>"]) + "\n"


def _sections(card: Card) -> Iterator[tuple[str, str, list[Row]]]:
    """Title, text and table of each part; the first row of a table is its head."""
    told = f"{card.state.capitalize()}{f': {card.problem}' if card.problem else ''}."
    when = f"Begun {card.started}" + (f", ended {card.finished}" if card.finished else "")
    yield f"Run {card.run}", f"{told} {when}. Seed {card.seed}.", []
    yield "Papers", str(card.data.get("licences", "")), _papers(card)
    yield "Recipe", "", _recipe(card.recipe)
    if card.history:
        yield "Training", "", _training(card)
    if card.encoder:
        yield "Encoder", "", [("what", "value"), *_values(card.encoder)]
    note = str(card.data.get("held_out_note", ""))
    if card.figures or note:
        text = note or (
            "Search by the product's own pipeline on papers that were kept back; nDCG@10 with"
            " 95 % bootstrap intervals over the queries."
        )
        yield "Held-out search", text, _figures(card.figures)
        yield "Parts of it", "", _parts(card.figures)
    for verdict in card.comparisons:
        word = "Passed" if verdict["passed"] else "Not passed"
        text = f"{word}: {verdict['why']}. Compared at {verdict['at']}."
        if verdict.get("faster"):
            text += f" For its speed: {verdict['faster_why']}."
        yield f"Against {verdict['other_name']}", text, _differences(verdict["collections"])
    if card.events:
        rows: list[Row] = [("when", "what", "instead of", "forced although")]
        for one in card.events:
            row = (one["at"], one["what"], one.get("instead_of", ""), one.get("forced", ""))
            rows.append(tuple(str(value) for value in row))
        yield "What became of it", "", rows
    if card.consents:
        yield "Readers", f"It used acts under {len(card.consents)} readers' consents.", []
    yield "Made with", "", [("package", "version"), *_values(card.versions)]


def _papers(card: Card) -> list[Row]:
    data = card.data
    shown = {
        "learned from": f"{data.get('papers', 0):,} papers",
        "days": f"{data.get('first_day', '')} to {data.get('last_day', '')}",
        "kept back": f"{data.get('held_out', 0):,} papers from {data.get('day', '') or 'no day'}",
        **{f"of {name}": f"{count:,}" for name, count in data.get("sources", {}).items()},
    }
    return [("what", "value"), *_values(shown)]


def _recipe(recipe: Mapping[str, Any]) -> list[Row]:
    rows: list[Row] = [("part", "kind", "arguments")]
    for name, value in recipe.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Mapping):
                told = ", ".join(f"{key} {entry}" for key, entry in one.items() if key != "kind")
                rows.append((name, str(one.get("kind", "")), told))
            else:
                rows.append((name, str(one), ""))
    return rows


def _training(card: Card) -> list[Row]:
    history = card.history
    losses = history.get("losses") or []
    shown = {
        "pairs": f"{history.get('pairs', 0):,}",
        **{f"of {name}": f"{count:,}" for name, count in history.get("sources", {}).items()},
        "steps": f"{history.get('steps', 0):,} of {history.get('planned', 0):,} planned",
        "seconds": f"{history.get('seconds', 0):,.0f}",
        "loss": f"{losses[0][1]:.3f} at first, {losses[-1][1]:.3f} at last" if losses else "",
        **{name: f"{value:g}" for name, value in history.get("notes", {}).items()},
    }
    return [("what", "value"), *_values(shown)]


def _figures(figures: Sequence[Mapping[str, Any]]) -> list[Row]:
    if not figures:
        return []
    rows: list[Row] = [
        ("collection", "papers", "queries", "hybrid", "meaning alone", "worst tenth", "ms")
    ]
    for one in figures:
        hybrid, dense = (_interval(one[name]["ndcg@10"]) for name in ("hybrid", "dense"))
        counts = (f"{one['documents']:,}", f"{one['queries']:,}")
        worst = f"{one['worst_decile']:.3f}"
        rows.append((one["collection"], *counts, hybrid, dense, worst, f"{one['query_ms']:.1f}"))
    return rows


def _parts(figures: Sequence[Mapping[str, Any]]) -> list[Row]:
    rows: list[Row] = [("collection", "part", "queries", "hybrid")]
    for one in figures:
        topics = dict(list(one["topics"].items())[:_SHOWN_TOPICS])
        for name, part in {**one["folds"], **one["crowding"], **topics}.items():
            rows.append(
                (one["collection"], name, f"{part['queries']:,}", _interval(part["ndcg@10"]))
            )
    return rows if len(rows) > 1 else []


def _differences(collections: Sequence[Mapping[str, Any]]) -> list[Row]:
    rows: list[Row] = [
        ("collection", "queries", "run", "other", "difference", "p", "meaning alone")
    ]
    for one in collections:
        low, high = one["interval"]
        moved = f"{one['difference']:+.4f} ({low:+.4f} to {high:+.4f})"
        values = (f"{one['run']:.4f}", f"{one['other']:.4f}", moved, f"{one['p']:.4f}")
        rows.append((one["collection"], f"{one['queries']:,}", *values, f"{one['dense']:+.4f}"))
        for topic, part in list(one["topics"].items())[:_SHOWN_TOPICS]:
            moved = f"{part['difference']:+.4f}"
            told = ("", "", moved, f"{part['p']:.4f}", "")
            rows.append((f"… {topic}", f"{part['queries']:,}", *told))
    return rows


def _interval(values: Sequence[float]) -> str:
    mean, low, high = values
    return f"{mean:.3f} ({low:.3f} to {high:.3f})"


def _values(values: Mapping[str, Any]) -> list[Row]:
    return [(name, f"{value}") for name, value in values.items() if value not in ("", None)]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
