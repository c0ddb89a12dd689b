"""The parts of names in both orders."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.citations import Name, parse_name


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Anna Smith", Name("Smith", "Anna")),
        ("Smith, Anna", Name("Smith", "Anna")),
        ("Anna B. Smith-Jones", Name("Smith-Jones", "Anna B.")),
        ("Ludwig van Beethoven", Name("Beethoven", "Ludwig", "van")),
        ("van Beethoven, Ludwig", Name("Beethoven", "Ludwig", "van")),
        ("Maria de la Cruz", Name("Cruz", "Maria", "de la")),
        ("Vincent van der Berg Smit", Name("Berg Smit", "Vincent", "van der")),
        ("de Finetti", Name("Finetti", "de")),
        ("Martin King Jr.", Name("King", "Martin", suffix="Jr.")),
        ("King, Jr., Martin", Name("King", "Martin", suffix="Jr.")),
        ("Martin King, Jr.", Name("King", "Martin", suffix="Jr.")),
        ("Anna Smith, MD", Name("Smith", "Anna", suffix="MD")),
        ("Anna Smith M.D.", Name("Smith", "Anna", suffix="M.D.")),
        ("Md Rahman", Name("Rahman", "Md")),
        ("Rahman, Md", Name("Rahman", "Md")),
        ("Rahman, Md.", Name("Rahman", "Md.")),
        ("Rahman, MD", Name("Rahman", "MD")),
        ("Rahman Khan, Md", Name("Rahman Khan", "Md")),
        ("Plato", Name(literal="Plato")),
        ("The ATLAS Collaboration", Name(literal="The ATLAS Collaboration")),
        ("Gemma Team, Google", Name(literal="Gemma Team, Google")),
        ("World Health Organization", Name(literal="World Health Organization")),
        ("王小明", Name(literal="王小明")),
        ("王 小明", Name("王", "小明")),
        ("王, 小明", Name("王", "小明")),
        ("山田 はな子", Name("山田", "はな子")),
        ("김 철수", Name("김", "철수")),
        ("ジョン スミス", Name("スミス", "ジョン")),
        ("李 Ming", Name("Ming", "李")),
        ("  Jo \n Doe ", Name("Doe", "Jo")),
    ],
)
def test_names_are_read_in_either_order(text: str, wanted: Name) -> None:
    assert parse_name(text) == wanted


@pytest.mark.parametrize(
    "name", ["王 小明", "山田 太郎", "김 철수", "ジョン スミス", "Anna van der Berg", "Plato"]
)
def test_a_name_is_printed_as_it_stood(name: str) -> None:
    assert parse_name(name).printed == name


@given(st.text(max_size=40))
def test_no_name_loses_its_letters(text: str) -> None:
    name = parse_name(text)
    together = " ".join((name.particle, name.family, name.given, name.suffix, name.literal))
    assert sorted(filter(str.isalpha, together)) == sorted(filter(str.isalpha, text))
