"""No address of a private network is ever connected to, however it is written or reached."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import httpx2
import pytest
from benchmarks.upstream import Redirect, Upstream

from broadsheet.sources import Client, FetchError, Patience
from broadsheet.sources.fetching.addressing import redirected
from broadsheet.sources.fetching.guard import is_public
from tests.sources.conftest import Ask

PRIVATE = """
    127.0.0.1 127.8.8.8 10.0.0.1 172.16.3.4 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0
    224.0.0.1 239.255.255.250 255.255.255.255 192.0.2.1 240.0.0.1 ::1 :: fe80::1 fe80::1%eth0
    fc00::1 fd12::1 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::127.0.0.1 64:ff9b::7f00:1
    64:ff9b::a00:1 2002:7f00:1:: 2002:a00:1::1 2001:0:4136:e378:8000:63bf:80ff:fffe name 127.1
    192.0.0.192 192.0.0.8 ::ffff:192.0.0.192 fec0::1 3fff::1 64:ff9b:1::a00:1
"""
PUBLIC = ["151.101.131.42", "8.8.8.8", "2a04:4e42::810", "2606:4700::1111", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", PRIVATE.split())
def test_private_addresses_are_known_in_every_dress(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"]
)
def test_a_private_server_is_not_asked_unless_it_is_named(
    upstream: Upstream, ask: Ask, host: str
) -> None:
    port = upstream.origin.split(":")[1]
    with pytest.raises(FetchError, match="not a public address") as error:
        ask(private=frozenset()).get(f"http://{host}:{port}/rss/cs.CL")
    assert not error.value.transient
    assert upstream.requests == []
    assert f"{host} is {host}" not in str(error.value)


def test_a_name_with_a_private_address_among_public_ones_is_refused(
    upstream: Upstream, ask: Ask
) -> None:
    client = ask(private=frozenset(), resolver=lambda host, port: ["8.8.8.8", "10.0.0.7"])
    with pytest.raises(FetchError, match=r"is 10\.0\.0\.7"):
        client.get("http://papers.example.org/")


def test_a_name_is_resolved_once_and_that_address_is_connected_to(
    upstream: Upstream, ask: Ask
) -> None:
    """A second answer to the same question, as rebinding needs it, is never asked for."""
    asked: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    port = upstream.origin.split(":")[1]
    named = f"papers.example.org:{port}"
    client = ask(private=frozenset((named,)), resolver=resolver)
    assert client.get(f"http://{named}/rss/cs.CL").status == 200
    assert asked == ["papers.example.org"]
    assert upstream.requests[0].headers["host"] == named


@pytest.mark.parametrize(
    "to",
    ["http://169.254.169.254/latest/", "http://[::1]/", "http://localhost/", "http://10.0.0.1:80/"],
)
def test_a_redirect_to_a_private_address_is_not_followed(
    upstream: Upstream, ask: Ask, to: str
) -> None:
    upstream.fail(Redirect(to=to))
    with pytest.raises(FetchError, match="not a public address"):
        ask().get(f"http://{upstream.origin}/rss/cs.CL")
    assert len(upstream.requests) == 1


def test_a_redirect_to_a_private_server_that_is_named_is_not_followed(
    archive: object, upstream: Upstream, ask: Ask
) -> None:
    """The operator named it to be asked, not to be sent to by others."""
    with Upstream(upstream.archive) as other:
        upstream.fail(Redirect(to=f"http://{other.origin}/rss/cs.CL"))
        client = ask(private=upstream.private | other.private)
        with pytest.raises(FetchError, match="not a public address"):
            client.get(f"http://{upstream.origin}/rss/cs.CL")
        assert other.requests == []


def test_a_redirect_within_a_server_is_followed_and_a_loop_ends(
    upstream: Upstream, ask: Ask
) -> None:
    upstream.fail(Redirect(to="/rss/cs.LG"))
    answer = ask().get(f"http://{upstream.origin}/rss/cs.CL", headers={"x-key": "secret"})
    assert answer.url.endswith("/rss/cs.LG")
    assert upstream.requests[-1].headers["x-key"] == "secret"
    upstream.fail(Redirect(to="/rss/cs.CL", times=-1))
    with pytest.raises(FetchError, match="redirected more than 5 times"):
        ask().get(f"http://{upstream.origin}/rss/cs.CL")


def test_no_other_server_is_told_what_one_was_told() -> None:
    keys = {"authorization": "Bearer x", "zotero-api-key": "y"}
    here = httpx2.URL("https://api.example.org/a")
    assert redirected(here, "/b", keys)[1] == keys
    for there in ("https://other.example.org/", "https://api.example.org:8443/"):
        target, headers = redirected(here, there, keys)
        assert (str(target), headers) == (there, {})


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("http://api.example.org/a", "not encrypted"),
        ("file:///etc/passwd", "not an http or https address"),
        ("gopher://api.example.org/", "not an http or https address"),
        ("https://user:pass@api.example.org/", "holds a user name"),
        ("https://\x00", "no address"),
    ],
)
def test_a_redirect_elsewhere_than_to_a_web_address_is_refused(location: str, message: str) -> None:
    with pytest.raises(FetchError, match=message):
        redirected(httpx2.URL("https://api.example.org/a"), location, {})


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://example.org/", "//example.org", "", "http://", "http://\x00/",
     "http://a:b@example.org/", "http://example.org:99999/", "javascript:alert(1)"],
)  # fmt: skip
def test_what_is_no_web_address_is_said_in_one_line(tmp_path: Path, url: str) -> None:
    with pytest.raises(FetchError) as error:
        Client(tmp_path).get(url)
    assert "\n" not in str(error.value) and not error.value.transient


class _Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        del format, args


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a server with a certificate for right.test that the system trusts."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=right.test", "-addext", "subjectAltName=DNS:right.test"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with HTTPServer(("127.0.0.1", 0), _Hello) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_the_certificate_must_bear_the_name_though_the_address_is_connected_to(
    tls: int, tmp_path: Path
) -> None:
    named = frozenset((f"right.test:{tls}", f"wrong.test:{tls}"))
    client = Client(
        tmp_path / "fetching",
        private=named,
        resolver=lambda host, port: ["127.0.0.1"],
        patience=Patience(attempts=1),
    )
    assert client.get(f"https://right.test:{tls}/").content == b"hello"
    with pytest.raises(FetchError, match=r"(?i)certificate") as error:
        client.get(f"https://wrong.test:{tls}/")
    assert not error.value.transient
