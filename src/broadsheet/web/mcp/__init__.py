"""The paper for agents: its feeds, its search and its papers as tools of the Model Context
Protocol, over HTTP at ``/mcp`` and over standard input and output.

The protocol's own library is imported when the first agent comes.
"""

from broadsheet.web.mcp.http import McpRoutes
from broadsheet.web.mcp.stdio import serve_stdio

__all__ = ["McpRoutes", "serve_stdio"]
