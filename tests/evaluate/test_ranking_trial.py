"""A trial's config names its systems."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.evaluate.test_bench import LetterEncoder
from tests.evaluate.test_comparison import tiny  # noqa: F401 - a fixture
from trials.ranking import read_config

from broadsheet.evaluate import BenchError, compare, read_judged

CONFIG = """
baseline = "hybrid"
systems = ["hybrid", "bm25"]

[[system]]
name = "min-max"
candidates = "trials.fusions:min_max"
args = { dense_weight = 0.0 }

[[system]]
name = "whole"
pipeline = "broadsheet.search:LEXICAL"
without = ["collapse"]

[[system]]
name = "reference"
make = "broadsheet.evaluate.references:bm25"
"""


def test_a_config_mixes_known_systems_and_its_own(
    tiny: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    path = tmp_path / "trial.toml"
    path.write_text(CONFIG)
    systems, baseline = read_config(path)
    assert baseline == "hybrid"
    assert [system.name for system in systems] == [
        "hybrid",
        "bm25",
        "min-max",
        "whole",
        "reference",
    ]
    (one,) = compare(read_judged(str(tiny)), systems, LetterEncoder(), cache=tmp_path)
    assert one.of("reference").tolist() == one.of("bm25").tolist()
    # Words alone, and both documents that are one text: nothing is left out.
    assert one.of("min-max").tolist() == one.of("whole").tolist()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("systems = [", "cannot be read as TOML"),
        ("", "names no system"),
        ("sistems = []", "unknown key 'sistems'"),
        ('systems = ["nonsense"]', "no system 'nonsense'"),
        ('[[system]]\nname = "a"', "a name and one of"),
        ('[[system]]\nname = "a"\nmake = "nowhere:x"', "cannot be had"),
        ('[[system]]\nname = "a"\nmake = "nowhere"', "not of the form"),
        ('[[system]]\nname = "a"\npipeline = "trials.ranking:run"\nargs = {}', "is no pipeline"),
        ('systems = ["bm25"]\n[[system]]\nname = "bm25"\nmake = "trials.ranking:run"', "one name"),
    ],
)
def test_what_is_wrong_with_a_config_is_said(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "trial.toml"
    path.write_text(text)
    with pytest.raises(BenchError, match=said):
        read_config(path)
