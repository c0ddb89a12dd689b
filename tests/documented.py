"""The JSON that commands print, held to the schemas of docs/cli.md."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "cli.md"


def schemas() -> dict[str, Any]:
    text = DOCUMENT.read_text(encoding="utf-8")
    blocks = re.findall(r"```json schema (\S+)\n(.*?)```", text, re.DOTALL)
    return {name: json.loads(block) for name, block in blocks}


def agrees(name: str, value: Any) -> None:
    jsonschema.Draft202012Validator(schemas()[name]).validate(value)
