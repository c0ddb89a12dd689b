"""Makes a judged collection of acronym queries: ``python -m trials.acronyms_queries PAPERS OUT``.

For a short form that papers define, the query is the short form with the commonest telling word
of its papers, and the papers to find are those that write only the long form; and the reverse.
``broadsheet evaluate search OUT --systems lexical,lexical-acronyms`` then compares.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path

from broadsheet.evaluate.collection import read_lines
from broadsheet.text import defined_acronyms, long_key, looks_short, prepare, short_key, words_of

LEAST, MOST = 2, 40  # papers to find
QUERIES = 200  # of either direction


def main() -> None:
    """Writes corpus, queries and judgements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("papers", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--most", type=int, default=8_000)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    texts: dict[str, str] = {}
    senses: Counter[tuple[str, str]] = Counter()
    printed: dict[tuple[str, str], tuple[str, str]] = {}
    with (asked.out / "corpus.jsonl").open("w", encoding="utf-8") as corpus:
        for number, line in read_lines(asked.papers):
            if number > asked.most:
                break
            paper = json.loads(line)
            title, abstract = paper["title"], paper["abstract"] or ""
            name = f"d{number}"
            row = {"id": name, "title": title, "abstract": abstract}
            corpus.write(json.dumps(row) + "\n")
            texts[name] = f"{title} {abstract}"
            for one in defined_acronyms(prepare(title, abstract)):
                key = short_key(one.short), long_key(one.long)
                senses[key] += 1
                printed[key] = one.short, one.long
    holding: defaultdict[str, set[str]] = defaultdict(set)
    longs = {key for _, key in senses}
    lengths = {len(key.split()) for key in longs}
    for name, text in texts.items():
        words = words_of(text)
        for word in {short_key(word.strip("(),.;:")) for word in text.split() if _short(word)}:
            holding[f"short {word}"].add(name)
        for size in lengths:
            for at in range(len(words) - size + 1):
                run = " ".join(words[at : at + size])
                if run in longs:
                    holding[run].add(name)
    queries, judgements = judged(senses, printed, holding)
    (asked.out / "queries.tsv").write_text("\n".join(queries) + "\n", encoding="utf-8")
    (asked.out / "qrels.trec").write_text("\n".join(judgements) + "\n", encoding="utf-8")
    print(f"{len(texts)} papers, {len(queries)} queries, {len(judgements)} judgements")


def judged(
    senses: Counter[tuple[str, str]],
    printed: dict[tuple[str, str], tuple[str, str]],
    holding: dict[str, set[str]],
) -> tuple[list[str], list[str]]:
    """Lines of queries and of judgements."""
    queries: list[str] = []
    judgements: list[str] = []
    for direction in ("short", "long"):
        made = 0
        for (short, long), _ in senses.most_common():
            by_short, by_long = holding[f"short {short}"], holding[long]
            wanted = by_long - by_short if direction == "short" else by_short - by_long
            # Of who writes the short form alone it is not known what is meant, unless nearly all
            # who define it mean this.
            own = sum(n for (other, _), n in senses.items() if other == short)
            if direction == "long" and senses[short, long] < 0.95 * own:
                continue
            if made == QUERIES or not LEAST <= len(wanted) <= MOST:
                continue
            made += 1
            name = f"{direction}-{made}"
            queries.append(f"{name}\t{printed[short, long][0 if direction == 'short' else 1]}")
            judgements += [f"{name} 0 {one} 1" for one in sorted(wanted)]
    return queries, judgements


def _short(word: str) -> bool:
    return looks_short(word.strip("(),.;:"))


if __name__ == "__main__":
    main()
