"""What every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("BROADSHEET_TEST_DATA", ROOT.parent / "shared" / "data"))
# No test asks other hosts, nor does a server or worker that a test starts.
os.environ["BROADSHEET_SYNC"] = "off"
# How long an example takes tells of the machine and what else it does, not of the code.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
# Tests start hundreds of commands. Where Python is told to keep nothing that it compiles, as images
# of containers do, each of them would compile the whole package anew: a fifth of its time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of measurement collections; a test that needs it skips where it is missing."""
    if not DATA.is_dir():
        pytest.skip(f"needs the measurement collections at {DATA}")
    return DATA
