"""Commands that tests fork are what anybody's are."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests import commands


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("user", "mode", "single"), 0),
        (("show", "2401.00001", "--json"), 1),
        (("search", "--no-such-option"), 2),
        (("user", "add", "ada", "--password-stdin"), 0),
    ],
)
def test_a_forked_command_leaves_what_a_started_one_does(
    words: tuple[str, ...], status: int, tmp_path: Path
) -> None:
    def left(home: str, *, start: bool) -> tuple[int, str, str]:
        place = tmp_path / home
        own = {"BROADSHEET_HOME": str(place), "BROADSHEET_MODEL_HUB": "false"}
        if start:
            own["PYTHONUTF8"] = "1"  # told to a started Python alone
        done = commands.run(words, variables=own, stdin="a long enough password\n")
        out, err = (text.replace(str(place), "HOME") for text in (done.stdout, done.stderr))
        return done.returncode, out, err

    assert left("first", start=True) == left("second", start=False) == left("third", start=False)
    assert left("fourth", start=False)[0] == status


def test_a_command_that_does_not_end_is_ended(tmp_path: Path) -> None:
    own = {"BROADSHEET_HOME": str(tmp_path / "home"), "BROADSHEET_SYNC": "off"}
    commands.run(["work", "--help"], variables=own)
    with pytest.raises(subprocess.TimeoutExpired):
        commands.run(["work"], variables=own, timeout=3)
