"""numpy's BLAS has one thread while texts are shared out, and then as many as before."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

# In a process of its own: how many threads BLAS begins with is said by its environment.
PROGRAM = """
import json
from concurrent.futures import ThreadPoolExecutor
from threadpoolctl import ThreadpoolController
from broadsheet.encoders.machine import by_blocks

blas = ThreadpoolController().select(user_api="blas")
texts = ["owls"] * 2000
def now():
    return sorted({library["num_threads"] for library in blas.info()})
def shared(fails=False):
    seen = set()
    def work(block, vectors):
        seen.update(now())
        vectors[:] = 1 / (not fails)
    try:
        found = by_blocks(texts, 4, 2, work)
    except ZeroDivisionError:
        return "failed"
    return sorted(seen), float(found.sum())
told = [now(), shared(), now(), shared(fails=True), now()]
with ThreadPoolExecutor(4) as pool:
    told.append([made for _, made in pool.map(lambda _: shared(), range(8))])
print(json.dumps([*told, now()]))
"""


def test_blas_is_held_to_one_thread_and_let_go_again() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"OPENBLAS_NUM_THREADS": "2"},
        capture_output=True,
        text=True,
        check=True,
    )
    before, held, after, failed, after_failing, together, last = json.loads(ran.stdout)
    if before != [2]:
        pytest.skip(f"one processor, or no OpenBLAS: {before} threads")
    assert held == [[1], 8000]
    assert failed == "failed"
    assert after == after_failing == last == [2]
    assert together == [8000] * 8
