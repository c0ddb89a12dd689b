"""A home's settings reach the client and the sources."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.upstream import Upstream

from broadsheet import settings as settings_
from broadsheet.sources import (
    FetchError,
    SourceError,
    Want,
    client_of,
    remote_settings,
    remotes,
    require_known,
)


def test_a_source_that_the_settings_send_elsewhere_is_asked_there(
    upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROADSHEET_CONTACT", "ops@example.org")
    (tmp_path / "broadsheet.toml").write_text(
        f'[upstream]\narxiv-rss = "http://{upstream.origin}"\n'
        f'[intervals]\n"{upstream.origin}" = 0.0\n[upstream_options]\n"zotero.key" = "xyzzy"\n'
    )
    settings = settings_.load(home=tmp_path)
    told = remote_settings(settings)
    source = remotes(told)["arxiv-rss"]()
    (page,) = source.pages(client_of(settings), Want(("cs.LG",)), "")
    assert page.announced and source.host == upstream.origin
    assert "(ops@example.org)" in upstream.requests[0].headers["user-agent"]
    assert told.option("zotero.key") == "xyzzy" and "xyzzy" not in repr((settings, told))
    assert settings.fetching_path.stat().st_mode & 0o077 == 0


def test_a_server_nobody_named_stays_refused(upstream: Upstream, tmp_path: Path) -> None:
    url = f"http://{upstream.origin}/rss/cs.LG"
    with pytest.raises(FetchError, match="not a public address"):
        client_of(settings_.load(home=tmp_path)).get(url)
    named = settings_.load(home=tmp_path, private_hosts=f"127.0.0.1:1, {upstream.origin}")
    assert client_of(named).get(url).status == 200


def test_every_source_says_what_it_is(tmp_path: Path) -> None:
    makers = remotes(remote_settings(settings_.load(home=tmp_path)))
    assert {"arxiv", "arxiv-rss", "arxiv-atom", "arxiv-api"} <= makers.keys()
    for name, make in makers.items():
        source = make()
        assert source.name == name and source.description and "\n" not in source.description


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"sync": {"nope": ()}}, "setting 'sync': there is no source 'nope'; there are arxiv,"),
        ({"upstream": {"arxive": "https://x.example"}}, "'upstream': there is no source 'arxive'"),
        ({"upstream_options": {"zotero.kee": "x"}}, "there is no option 'zotero.kee'"),
    ],
)
def test_what_is_set_for_a_source_that_there_is_not_is_refused(
    tmp_path: Path, given: dict[str, object], named: str
) -> None:
    with pytest.raises(SourceError, match=named):
        require_known(settings_.load(home=tmp_path, **given))


def test_every_address_that_a_source_asks_for_can_be_set(tmp_path: Path) -> None:
    names = ("zotero-local", "openreview-1", *remotes(remote_settings(settings_.load())))
    require_known(settings_.load(home=tmp_path, upstream=dict.fromkeys(names, "https://a.example")))
