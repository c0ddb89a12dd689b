"""Shares of a change."""

from __future__ import annotations

import numpy as np
import pytest

from broadsheet.evaluate import shapley


def test_shares_add_up_and_what_changes_nothing_has_none() -> None:
    values = {
        frozenset(): 0.5,
        frozenset("a"): 0.4,
        frozenset("b"): 0.45,
        frozenset("ab"): 0.2,
    }
    shares = shapley(lambda chosen: np.array(values[chosen - {"c"}]), ("a", "b", "c"))
    assert sum(float(share) for share in shares.values()) == pytest.approx(-0.3)
    assert shares["c"] == pytest.approx(0)
    # a: alone -.1, after b -.25; each order is half of all orders.
    assert shares["a"] == pytest.approx((-0.1 - 0.25) / 2)


def test_every_draw_of_a_bootstrap_has_its_own_shares() -> None:
    random = np.random.default_rng(0)
    drawn = {chosen: random.random(20) for chosen in map(frozenset, ("", "a", "b", "ab"))}
    shares = shapley(lambda chosen: drawn[chosen], ("a", "b"))
    whole = drawn[frozenset("ab")] - drawn[frozenset()]
    assert shares["a"] + shares["b"] == pytest.approx(whole)
