from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet.encoders import hashes as hashes_module
from broadsheet.encoders.hashes import HashTable

# Few different bytes, so that prefixes of eight are often shared and order is tested.
HASHES = st.lists(st.sampled_from([b"\x00", b"\x01", b"\xff"]), min_size=16, max_size=16).map(
    b"".join
)


@settings(max_examples=200)
@given(
    batches=st.lists(st.lists(HASHES, max_size=30), max_size=6),
    unknown=st.lists(HASHES, max_size=10),
    sort_after=st.integers(0, 40),
)
def test_rows_are_those_of_a_dict(
    batches: list[list[bytes]], unknown: list[bytes], sort_after: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashes_module, "_PENDING", sort_after)
        table = HashTable()
        expected: dict[bytes, int] = {}
        for batch in batches:
            new = [one for one in dict.fromkeys(batch) if one not in expected]
            table.extend(b"".join(new))
            expected |= {one: len(expected) + i for i, one in enumerate(new)}
            wanted = [*expected, *unknown]
            assert table.rows(wanted).tolist() == [expected.get(one, -1) for one in wanted]
        assert len(table) == len(expected)


def test_a_quarter_of_a_million_hashes_are_found() -> None:
    random = np.random.default_rng(1).integers(0, 256, (265_000, 16), np.uint8)
    table = HashTable()
    table.extend(random[:200_000].tobytes())
    table.extend(random[200_000:210_000].tobytes())
    table.extend(random[210_000:].tobytes())
    wanted = [row.tobytes() for row in random[::997]]
    assert table.rows(wanted).tolist() == list(range(0, 265_000, 997))


def test_a_hash_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        HashTable().rows([b"short"])
