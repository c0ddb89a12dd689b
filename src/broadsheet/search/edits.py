"""How far two words are apart."""

from __future__ import annotations


def within(one: str, other: str, most: int) -> bool:
    """Whether two words are at most so many edits apart.

    An edit adds, drops or changes a letter, or swaps two neighbours (optimal string alignment:
    Damerau 1964).
    """
    if abs(len(one) - len(other)) > most or len(set(one) ^ set(other)) > 2 * most:
        return False
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                least = min(least, older[j - 2] + 1)
            row.append(least)
    return row[-1] <= most
