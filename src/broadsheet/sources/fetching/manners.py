"""What each host asks of programs: which hosts count as one, and the seconds between requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2

# https://info.arxiv.org/help/api/tou.html: one request in three seconds, one connection, over
# all machines and all of its interfaces.
_GROUPS = (
    ("arxiv.org", 3.0),
    ("biorxiv.org", 1.0),
    ("medrxiv.org", 1.0),
    ("openreview.net", 1.0),
    ("openalex.org", 0.2),
    ("huggingface.co", 1.0),
    ("zotero.org", 0.5),
)
DEFAULT_INTERVAL = 1.0


def group_of(url: httpx2.URL) -> tuple[str, float]:
    """The name under which a host's requests are counted, and seconds from answer to request.

    A port of its own is a server of its own; hosts of one operator are one.
    """
    host = url.host.lower().rstrip(".")
    if url.port is None:
        for name, interval in _GROUPS:
            if host == name or host.endswith(f".{name}"):
                return name, interval
    return origin_of(url), DEFAULT_INTERVAL


def has_terms(group: str) -> bool:
    """Whether a host's interval is what its terms ask for: it is kept, or made longer."""
    return any(group == name for name, _ in _GROUPS)


def origin_of(url: httpx2.URL) -> str:
    """``host:port``, the port always said."""
    port = url.port or (443 if url.scheme == "https" else 80)
    host = url.host.lower().rstrip(".")
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
