"""The backends that must keep the contract: another one is one more parameter."""

from __future__ import annotations

from pathlib import Path

import pytest
from index_backends import LocalBackend


@pytest.fixture(params=["local"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> LocalBackend:
    return {"local": LocalBackend}[request.param](tmp_path)


@pytest.fixture
def local(tmp_path: Path) -> LocalBackend:
    return LocalBackend(tmp_path)
