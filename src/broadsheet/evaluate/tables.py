"""A comparison as text, as Markdown, and query by query."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from broadsheet.evaluate.comparison import Judged

Figures = Mapping[str, Any]
Table = list[list[str]]  # the first row is the head


def as_text(figures: Figures) -> str:
    """The tables of `summarise` for a terminal."""
    return "\n\n".join(f"{title}\n{_aligned(table)}" for title, table in _tables(figures)) + "\n"


def as_markdown(figures: Figures) -> str:
    """The same as Markdown."""
    return (
        "\n\n".join(f"**{title}**\n\n{_piped(table)}" for title, table in _tables(figures)) + "\n"
    )


def per_query(judged: Sequence[Judged]) -> str:
    """Every value as tab-separated lines: collection, query, fold, measure, a column a system."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerow(["collection", "query", "fold", "measure", *judged[0].systems, "text"])
    for one in judged:
        folds = one.groups.get("fold", ("",) * len(one.queries))
        for measured, table in one.values.items():
            for place, query in enumerate(one.queries):
                values = [f"{value:.4f}" for value in table[:, place].tolist()]
                row = [one.name, query, folds[place], measured, *values, one.texts[place]]
                writer.writerow(row)
    return out.getvalue()


def _tables(figures: Figures) -> list[tuple[str, Table]]:
    baseline = figures["baseline"]
    tables = []
    for one in figures["collections"]:
        title = (
            f"{one['collection']}: {one['documents']:,} documents, {one['queries']:,} queries,"
            f" against {baseline}"
        )
        tables.append((title, _of_collection(one["systems"])))
        for name, groups in one["groups"].items():
            tables.append((f"{one['collection']} by {name}: nDCG@10 (p)", _of_groups(groups)))
    if "overall" in figures:
        overall = figures["overall"]
        title = f"All {overall['collections']} collections, against {baseline}"
        tables.append((title, _of_all(overall["systems"])))
        tables.append(("Rules of choice (points)", _of_rules(overall)))
    return tables


def _of_collection(systems: Mapping[str, Figures]) -> Table:
    friends = any("friends@10" in row for row in systems.values())
    head = ["system", "nDCG@10", "95 %", "Δ", "95 % of Δ", "p", "p Holm", "won/lost/tied"]
    head += ["worst 10 %", "sd", "unjudged@10", "R@100", "MRR@10"]
    head += ["friends@10"] if friends else []
    table = [[*head, "ms"]]
    for name, row in systems.items():
        line = [name, _share(row["ndcg@10"]), f"{_share(row['low'])}-{_share(row['high'])}"]
        if "delta" in row:
            line += [
                _signed(row["delta"]),
                f"{_signed(row['delta_low'])} {_signed(row['delta_high'])}",
                _p(row["p"]),
                _p(row["p_holm"]),
                f"{row['won']}/{row['lost']}/{row['tied']}",
            ]
        else:
            line += [""] * 5
        line += [_share(row[key]) for key in ("worst_decile", "sd", "unjudged@10")]
        line += [_share(row["recall@100"]), _share(row["mrr@10"])]
        line += [f"{row['friends@10']:.2f}"] if friends else []
        line.append("" if row["ms"] is None else f"{row['ms']:.1f}")
        table.append(line)
    return table


def _of_groups(groups: Mapping[str, Figures]) -> Table:
    table = [["system", *(f"{name} ({group['queries']})" for name, group in groups.items())]]
    systems = next(iter(groups.values()))["systems"]
    for name in systems:
        line = [name]
        for group in groups.values():
            row = group["systems"].get(name, {})
            said = _share(row["ndcg@10"]) if row else ""
            said += f" ({_p(row['p'])})" if "p" in row else ""
            said += f", {row['friends@10']:.2f} friends" if "friends@10" in row else ""
            line.append(said)
        table.append(line)
    return table


def _of_all(systems: Mapping[str, Figures]) -> Table:
    head = ["system", "mean nDCG@10", "Δ", "p (collections)", "p Holm", "Δ pooled", "p (queries)"]
    table = [[*head, "p Holm", "ahead", "better p<.05", "worse p<.05"]]
    for name, row in systems.items():
        line = [name, _share(row["mean"])]
        if "delta" in row:
            line += [_signed(row["delta"]), _p(row["p_collections"]), _p(row["p_collections_holm"])]
            line += [_signed(row["delta_queries"]), _p(row["p_queries"]), _p(row["p_queries_holm"])]
            line += [str(row[key]) for key in ("ahead", "better", "worse")]
        else:
            line += [""] * 9
        table.append(line)
    return table


def _of_rules(overall: Figures) -> Table:
    rules = overall["choice"]
    table = [["system", *rules]]
    table += [[name, *(f"{rules[rule][name]:.3g}" for rule in rules)] for name in rules["mean"]]
    table.append(["winner", *(overall["winner"][rule] for rule in rules)])
    for key, said in (
        ("stability", "same, queries redrawn"),
        ("stability_missing", "and 20 % gone"),
    ):
        table.append([said, *(f"{overall[key][rule]:.0%}" for rule in rules)])
    return table


def _share(value: float) -> str:
    return f"{value:.4f}".replace("0.", ".", 1) if 0 <= value < 1 else f"{value:.4f}"


def _signed(value: float) -> str:
    return f"{value:+.4f}".replace("0.", ".", 1)


def _p(value: float) -> str:
    return "≤.0001" if value <= 0.0001 else f"{value:.4f}".replace("0.", ".", 1)


def _aligned(table: Table) -> str:
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    lines = []
    for row in table:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _piped(table: Table) -> str:
    head, *rows = table
    lines = [head, ["---", *("--:" for _ in head[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
