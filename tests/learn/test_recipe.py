"""A recipe says what a training is made of, and what is wrong is said in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from broadsheet.learn import (
    RecipeError,
    as_tables,
    check_recipe,
    parse_recipe,
    read_recipe,
    shipped,
)
from broadsheet.learn.recipe import recipe_of

GOOD = """
name = "mine"
seed = 3
[student]
kind = "static"
dimensions = 64
[[pairs]]
kind = "title-abstract"
[loss]
kind = "infonce"
temperature = 0.1
[schedule]
epochs = 2
"""


def test_a_recipe_survives_being_written_down() -> None:
    recipe = parse_recipe(GOOD, "here")
    assert recipe.student.args == {"dimensions": 64}
    assert recipe.schedule.epochs == 2
    assert recipe_of(as_tables(recipe)) == recipe


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("[student]", "[pupil]"), "here: unknown key 'pupil'"),
        (("[loss]", "[weights]"), "here: [loss] is missing"),
        (("seed = 3", 'seed = "three"'), "here: seed must be a int, not 'three'"),
        (("epochs = 2", "epoch = 2"), "here: [schedule] has no 'epoch'"),
        (("epochs = 2", "epochs = -2"), "here: [schedule] epochs must be from 0.001"),
        (("epochs = 2", 'optimiser = "magic"'), "here: [schedule] optimiser is one of adam"),
        (("[[pairs]]", "[pairs]"), "here: pairs is a list of tables: write [[pairs]]"),
        (('kind = "infonce"', "kind = 4"), "here: [loss] needs a kind, a text"),
        (("[loss]", "[loss"), "here: is no TOML"),
    ],
)
def test_a_wrong_recipe_says_where(change: tuple[str, str], said: str) -> None:
    with pytest.raises(RecipeError) as error:
        parse_recipe(GOOD.replace(*change), "here")
    assert str(error.value).startswith(said)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"infonce"', '"nonce"'), "[loss] has no kind 'nonce'; there are"),
        (("temperature", "heat"), "[loss] infonce has no 'heat'; it takes temperature"),
        (("dimensions = 64", 'dimensions = "many"'), "[student] static: dimensions must be a int"),
        (("dimensions = 64", "dimensions = true"), "[student] static: dimensions must be a int"),
    ],
)
def test_parts_are_checked_before_anything_is_trained(change: tuple[str, str], said: str) -> None:
    with pytest.raises(RecipeError) as error:
        check_recipe(parse_recipe(GOOD.replace(*change), "here"))
    assert str(error.value).startswith(said)


def test_every_shipped_recipe_can_be_made() -> None:
    assert shipped()
    for name in shipped():
        check_recipe(read_recipe(name))


def test_a_recipe_that_is_nowhere_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no recipe 'nothing': give a TOML file or one of"):
        read_recipe("nothing")
    broken = tmp_path / "broken.toml"
    broken.write_bytes(b"\xff\xfe")
    with pytest.raises(RecipeError, match="cannot be read"):
        read_recipe(str(broken))
