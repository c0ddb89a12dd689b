"""Where a setting comes from, and what is said about a bad one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from broadsheet import settings
from broadsheet.sources import require_known


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
        ('host = ""', "listen on"),
        ('hosts = "paper.example.org:8443"', "without https://, port or path"),
        ('hosts = "https://paper.example.org"', "without https://, port or path"),
        ('proxies = "10.0.0"', "“10.0.0” is no address"),
        ('proxies = "10.0.0.1/99"', "“10.0.0.1/99” is no address"),
        ('private_hosts = "127.0.0.1"', "host:port"),
        ('private_hosts = "127.0.0.1:99999"', "host:port"),
        ('public_url = "paper.example.org"', "e.g. https://paper.example.org"),
        ('public_url = "https://bücher.example"', "xn--"),
        ('mail_from = "nobody"', "a mail address"),
        ('proxy_header = "X Remote"', "the name of a header"),
        ('api_origins = "lab.example.org"', "https://lab.example.org"),
        ('[upstream]\narxiv = "notaurl"', "upstream.arxiv.*“notaurl” is no address"),
        ('[upstream]\narxiv = "file:///etc/passwd"', "is no address"),
        ('[upstream_options]\n"zotero" = "x"', "NAME.OPTION"),
        ('[upstream_options]\nprivate_hosts = "127.0.0.1:1"', "before the first .table."),
        ('[sync]\narxiv = []\ndatabase = "postgresql://x@/y"', "database.*table .sync. of"),
        ('[intervals]\n"arxiv.org" = 5\nport = 80', "'port': it stands in the table .intervals."),
        ('home = "/tmp/elsewhere"', "BROADSHEET_HOME or --home"),
    ],
)
def test_a_bad_setting_is_named_in_one_line(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / settings.CONFIG_NAME).write_text(text)
    with pytest.raises(settings.SettingsError, match=named) as caught:
        settings.load(home=tmp_path)
    assert "\n" not in str(caught.value)
    assert "pattern" not in str(caught.value)


def test_a_variable_that_cannot_be_read_is_blamed_and_not_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROADSHEET_UPSTREAM", "x")
    with pytest.raises(settings.SettingsError, match="BROADSHEET_UPSTREAM") as caught:
        settings.load(home=tmp_path)
    assert settings.CONFIG_NAME not in str(caught.value)


def test_an_empty_home_is_not_the_folder_one_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROADSHEET_HOME", "")
    with pytest.raises(settings.SettingsError, match=r"'home'.*empty"):
        settings.load()


def test_what_means_the_same_is_taken(tmp_path: Path) -> None:
    loaded = settings.load(
        home=tmp_path,
        public_url="https://paper.example.org/news/",
        proxies="10.1.2.3/8, ::1",
        private_hosts="LocalHost:23119, [::1]:8080",
    )
    assert loaded.public_url == "https://paper.example.org/news"
    assert loaded.proxies == "10.0.0.0/8, ::1"
    assert loaded.private_hosts == "localhost:23119, [::1]:8080"


def test_every_sample_of_a_settings_file_in_the_docs_can_be_pasted(tmp_path: Path) -> None:
    text = (Path(__file__).parents[1] / "docs" / "running.md").read_text(encoding="utf-8")
    samples = re.findall(r"^```toml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert len(samples) >= 3
    for number, sample in enumerate(samples):
        home = tmp_path / str(number)
        home.mkdir()
        (home / settings.CONFIG_NAME).write_text(sample)
        loaded = settings.load(home=home)
        require_known(loaded)
        assert loaded.private_hosts or "private_hosts" not in sample


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("intervals = 5", "setting 'intervals': it takes a table, [intervals] in broadsheet.toml"),
        ('sync = ["arxiv"]', "BROADSHEET_SYNC takes a line such as arxiv:cs.LG, openalex"),
        ("[sync]\narxiv = 5", "setting 'sync.arxiv': it takes the sets of the source"),
    ],
)
def test_a_table_that_is_none_is_told_how_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, told: str
) -> None:
    monkeypatch.delenv("BROADSHEET_SYNC", raising=False)  # it would win over the file
    (tmp_path / settings.CONFIG_NAME).write_text(line)
    with pytest.raises(settings.SettingsError, match=re.escape(told)):
        settings.load(home=tmp_path)
