"""Where a setting comes from, and what is said about a bad one."""

from __future__ import annotations

from pathlib import Path

import pytest

from broadsheet import settings


def test_an_argument_wins_over_a_variable_and_a_variable_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / settings.CONFIG_NAME).write_text('name = "The Lab"\nport = 1111\nhost = "::1"\n')
    monkeypatch.setenv("BROADSHEET_HOME", str(tmp_path))
    monkeypatch.setenv("BROADSHEET_PORT", "2222")
    monkeypatch.setenv("BROADSHEET_HOST", "0.0.0.0")
    loaded = settings.load(port=3333)
    assert (loaded.name, loaded.port, loaded.host) == ("The Lab", 3333, "0.0.0.0")
    assert loaded.catalog_path == tmp_path / "catalog.sqlite3"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("port = 99999", "port"),
        ("prot = 8000", "prot"),
        ('base_path = "papers/"', "base_path"),
        ("name =", settings.CONFIG_NAME),
        ('name = ""', "name"),
    ],
)
def test_a_bad_setting_is_named_in_one_line(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / settings.CONFIG_NAME).write_text(text)
    with pytest.raises(settings.SettingsError, match=named) as caught:
        settings.load(home=tmp_path)
    assert "\n" not in str(caught.value)
