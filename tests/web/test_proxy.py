"""Behind nginx as docs/running.md sets it up: who asks, what is sent, and under which name."""

from __future__ import annotations

import http.client
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from urllib.parse import urlencode

import pytest

from broadsheet.catalog import Catalog
from broadsheet.readers import Readers
from tests.conftest import ROOT
from tests.web.community import PASSWORD, make_community
from tests.web.serving import Server

_NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
_READER = "127.0.0.2"


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, int]]:
    """A paper under /broadsheet, and the port of an nginx in front of it."""
    if _NGINX is None:
        pytest.skip("needs nginx")
    settings, _ = make_community(tmp_path_factory.mktemp("proxied"))
    folder = tmp_path_factory.mktemp("nginx")
    text = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```nginx\n(.*?)```", text, re.DOTALL)
    with Server(settings.model_copy(update={"base_path": "/broadsheet"})) as server:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port: int = free.getsockname()[1]
        temporary = " ".join(
            f"{kind}_temp_path {folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"pid {folder}/pid; daemon off; master_process off; events {{}}\n"
            f"http {{ access_log off; {temporary}\n"
            f"server {{ listen 127.0.0.1:{port};\n"
            f"{block.replace('127.0.0.1:8000', f'127.0.0.1:{server.port}')} }} }}\n"
        )
        command = [_NGINX, "-c", str(folder / "nginx.conf"), "-e", str(folder / "errors")]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as nginx:
            try:
                _listens(port, nginx)
                yield server, port
            finally:
                nginx.terminate()


def _listens(port: int, nginx: subprocess.Popen[str]) -> None:
    give_up = time.monotonic() + 20
    while True:
        assert nginx.poll() is None, nginx.stderr and nginx.stderr.read()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < give_up, "nginx does not start"
            time.sleep(0.02)


class _Browser:
    """Someone at another address than the proxy's; keeps cookies, names where forms come from."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookies: dict[str, str] = {}

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self._port, timeout=30, source_address=(_READER, 0)
        )
        sent = dict(headers or {})
        if self._cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        with closing(connection):
            connection.request(method, f"/broadsheet{path}", body, sent)
            reply = connection.getresponse()
            for header in reply.headers.get_all("set-cookie") or ():
                name, _, value = header.partition(";")[0].partition("=")
                self._cookies[name] = value
            return reply.status, reply.read().decode()

    def token(self, page: str) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.ask("GET", page)[1])
        assert found
        return found[1]

    def post(
        self, path: str, body: bytes, kind: str = "application/x-www-form-urlencoded"
    ) -> tuple[int, str]:
        origin = f"http://127.0.0.1:{self._port}"
        headers = {"Content-Type": kind, "Origin": origin, "Sec-Fetch-Site": "same-origin"}
        return self.ask("POST", path, body, headers)


def _logged_in(port: int) -> _Browser:
    browser = _Browser(port)
    fields = {"name": "ada", "password": PASSWORD, "csrf": browser.token("/login")}
    status, page = browser.post("/login", urlencode(fields).encode())
    assert status == 303, page
    return browser


def test_a_form_is_taken_on_a_port_of_its_own_and_a_reader_known_by_the_own_address(
    behind: tuple[Server, int],
) -> None:
    server, port = behind
    _logged_in(port)
    with closing(Catalog.open(server.settings)) as catalog:
        readers = Readers(catalog)
        ada = readers.accounts.by_name("ada")
        assert ada
        addresses = {session.address for session in readers.sessions.list(ada.id)}
    assert addresses == {_READER}, "else one who guesses passwords locks everyone out"


def test_a_file_as_large_as_the_paper_takes_comes_through(behind: tuple[Server, int]) -> None:
    _, port = behind
    browser = _logged_in(port)
    fields = urlencode({"name": "Large", "csrf": browser.token("/lists")}).encode()
    status, _ = browser.post("/lists", fields)
    assert status == 303
    number = max(re.findall(r"/lists/(\d+)\"", browser.ask("GET", "/lists")[1]), key=int)
    entry = "@misc{k%d, title={A paper that is not here %d}, note={%s}}\n"
    file = "".join(entry % (n, n, "x" * 50_000) for n in range(98)).encode()
    assert 4_800_000 < len(file) < 5_000_000
    parts = {"csrf": browser.token(f"/lists/{number}").encode(), "file": file}
    body = b"".join(
        b'--cut\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
        % (name.encode(), b'; filename="a.bib"' if name == "file" else b"", value)
        for name, value in parts.items()
    )
    kind = "multipart/form-data; boundary=cut"
    status, page = browser.post(f"/lists/{number}/fill", body + b"--cut--\r\n", kind)
    assert status == 200, re.findall(r"<p>(.*?)</p>", page)
    assert "A paper that is not here 97" in page
