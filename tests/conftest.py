"""What every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("BROADSHEET_TEST_DATA", ROOT.parent / "shared" / "data"))
# No test asks other hosts, nor does a server or worker that a test starts.
os.environ["BROADSHEET_SYNC"] = "off"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of measurement collections; a test that needs it skips where it is missing."""
    if not DATA.is_dir():
        pytest.skip(f"needs the measurement collections at {DATA}")
    return DATA
