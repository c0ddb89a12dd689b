from __future__ import annotations

import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from broadsheet.encoders import Encoder, EncoderError, load_encoder
from broadsheet.encoders.weights import sha256

LOAD = """
import sys
from pathlib import Path
from broadsheet.encoders import load_encoder
print("begins", flush=True)
print(load_encoder("all-MiniLM-L6-v2", Path(sys.argv[1]), hub=False).encode_queries(["x"]).sum())
"""


def load(models: Path) -> Encoder:
    return load_encoder("all-MiniLM-L6-v2", models, hub=False)


def built(models: Path) -> Path:
    """The one folder that holds the graph of the int8 encoder."""
    (folder,) = models.glob("all-MiniLM-L6-v2-int8-*")
    return folder


@pytest.fixture
def models(encoder: Encoder, models_dir: Path, tmp_path: Path) -> Path:
    """A folder of one's own that has the built graph."""
    folder = built(models_dir)
    shutil.copytree(folder, tmp_path / folder.name)
    return tmp_path


def test_a_built_graph_is_used_as_it_is(models: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in built(models).iterdir()}
    assert set(before) == {"model.onnx", "tokenizer.json", "meta.json"}
    load(models)
    assert {path.name: path.stat().st_mtime_ns for path in built(models).iterdir()} == before


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "meta.json"])
@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "remove", "other"])
def test_a_damaged_file_is_noticed_and_made_anew(models: Path, name: str, damage: str) -> None:
    path = built(models) / name
    before = {one.name: sha256(one) for one in built(models).iterdir()}
    content = path.read_bytes()
    middle = len(content) // 2
    match damage:
        case "flip":
            path.write_bytes(
                content[:middle] + bytes([content[middle] ^ 8]) + content[middle + 1 :]
            )
        case "cut":
            path.write_bytes(content[:middle])
        case "empty":
            path.write_bytes(b"")
        case "remove":
            path.unlink()
        case "other":
            path.write_text('["something else"]')
    load(models)
    assert {one.name: sha256(one) for one in built(models).iterdir()} == before
    assert not list(models.glob(".unfinished*"))


def test_a_killed_build_leaves_nothing_broken(encoder: Encoder, tmp_path: Path) -> None:
    moments = random.Random(7)
    for _ in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", LOAD, str(tmp_path)], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(moments.random())
            process.send_signal(signal.SIGKILL)
        for folder in tmp_path.glob("all-MiniLM-L6-v2-*"):
            shutil.rmtree(folder)  # finished before it was killed: the next builds again
    found = load(tmp_path).encode_queries(["x"])
    assert (found == encoder.encode_queries(["x"])).all()
    assert not list(tmp_path.glob(".unfinished*"))


def test_processes_that_start_together_share_one_build(encoder: Encoder, tmp_path: Path) -> None:
    command = [sys.executable, "-c", LOAD, str(tmp_path)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(3)]
    answers = {process.communicate(timeout=60)[0] for process in processes}
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len(answers) == 1
    assert built(tmp_path).is_dir()


def test_a_folder_that_cannot_be_written_is_said_in_one_line(
    encoder: Encoder, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EncoderError, match="write permission") as raised:
        load(tmp_path / "file" / "models")
    assert "\n" not in str(raised.value)


def test_a_full_disk_is_said_and_leaves_nothing(encoder: Encoder, tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000_000, before[1]))  # as a full disk fails
    try:
        with pytest.raises(EncoderError, match="make room"):
            load(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]
    assert load(tmp_path).key == encoder.key
