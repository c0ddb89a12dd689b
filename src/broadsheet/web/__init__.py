"""It is read: pages for people and an API for programs over one home."""

from broadsheet.web.app import create_app
from broadsheet.web.mcp import serve_stdio

__all__ = ["create_app", "serve_stdio"]
