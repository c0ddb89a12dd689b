"""Is it really this reader who asks? Against other sites that send requests in their name.

Three locks, each of which alone would do in today's browsers: what the browser says about where a
request comes from (Sec-Fetch-Site, Origin), a token that only our own pages know, and for
programs a content type that no form can send. A page on another address that makes its name
resolve to this machine (DNS rebinding) meets the check of the Host header.
"""

from __future__ import annotations

import hmac
import secrets
import socket
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request

from broadsheet.catalog import reported
from broadsheet.files import lasting_secret

FIELD = "csrf"
HEADER = "x-csrf-token"
_KEY_NAME = "pages.key"
_KEY_BYTES = 32


def token(key: str | bytes) -> str:
    """The token of forms for what the key stands for: a session, a visit, the local reader."""
    secret = key.encode() if isinstance(key, str) else key
    return hmac.new(secret, b"broadsheet form", "sha256").hexdigest()[:40]


def home_key(home: Path) -> bytes:
    """The home's own key, made on first need; readable by its owner only.

    Raises `CatalogError` where the home cannot keep it.
    """
    path = home / _KEY_NAME
    with reported(str(path)):
        return lasting_secret(path, secrets.token_bytes(_KEY_BYTES))


def foreign(request: Request) -> str:
    """Why a request that changes something is not from our own pages; '' when it may be."""
    site = request.headers.get("sec-fetch-site", "")
    if site not in ("", "same-origin", "none"):
        return "the request comes from another site"
    origin = request.headers.get("origin")
    if origin is not None and not same_host(origin, request):
        return "the request comes from a page of another address"
    return ""


def from_a_browser(request: Request) -> bool:
    """Whether the headers are there that browsers add by themselves."""
    return "origin" in request.headers or "sec-fetch-site" in request.headers


def matches(expected: str, given: str) -> bool:
    """Whether a token is the expected one; an empty one never is."""
    return bool(expected) and hmac.compare_digest(expected.encode(), given.encode())


def same_host(address: str, request: Request) -> bool:
    """Whether an address that a browser tells of is under the name that this was asked under."""
    try:
        asked = urlsplit(address)
        own = urlsplit(f"//{request.headers.get('host', '')}")
        default = {"http": 80, "https": 443}.get(asked.scheme)
        # The scheme is left out: behind a proxy ours may not be the reader's.
        same_port = (asked.port or default) == (own.port or default)
        return bool(asked.hostname) and asked.hostname == own.hostname and same_port
    except ValueError:
        return False


class Hosts:
    """The names this paper answers to.

    An address in digits cannot be rebound, and the machine's own names are its own; every other
    name is set by the operator: ``named`` by comma, and that of ``public_url``.
    """

    def __init__(self, named: str, public_url: str = "") -> None:
        own = socket.gethostname().lower()
        self._names = {"localhost", own, f"{own}.local", own.partition(".")[0]}
        self._names |= {name.strip().lower() for name in named.split(",") if name.strip()}
        if public := urlsplit(public_url).hostname:
            self._names.add(public)

    def known(self, host: str) -> bool:
        """Whether a Host header names us."""
        if not host:  # HTTP/1.0 has none, and no browser leaves it out
            return True
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in self._names or name.endswith(".localhost"):
            return True
        try:
            ip_address(name)
        except ValueError:
            return "*" in self._names
        return True
