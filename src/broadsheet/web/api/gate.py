"""What every request of the API passes after the door: pages of other sites, and floods.

The headers ``RateLimit`` and ``RateLimit-Policy`` are those of
draft-ietf-httpapi-ratelimit-headers-10.
"""

from __future__ import annotations

from collections.abc import Hashable
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from broadsheet.settings import Settings
from broadsheet.web import csrf
from broadsheet.web.limits import Allowance, too_many
from broadsheet.web.policy import Policy
from broadsheet.web.visitors import KEY, SAFE, Visitor, visitor_of

# One network of a provider's customer.
_IPV6_PREFIX = 64


class Meters:
    """How much may be asked: by strangers of everything, by readers of what changes something."""

    def __init__(self, settings: Settings) -> None:
        self._strangers = _a_minute(settings.api_limit)
        self._writes = _a_minute(settings.api_writes)

    def take(self, request: Request, visitor: Visitor) -> dict[str, str]:
        """The headers of an answer; 429 when there is no more to take."""
        found = self._of(request, visitor)
        if found is None:
            return {}
        name, meter, key = found
        wait = meter.take(key)
        left, until = meter.left(key)
        burst, window = meter.policy
        headers = {
            "RateLimit-Policy": f'"{name}";q={burst};w={window}',
            "RateLimit": f'"{name}";r={left};t={until}',
        }
        if wait:
            error = too_many(wait)
            error.headers = {**(error.headers or {}), **headers}
            raise error
        return headers

    def _of(self, request: Request, visitor: Visitor) -> tuple[str, Allowance, Hashable] | None:
        if visitor.reader is None:
            if self._strangers is None:
                return None
            return "strangers", self._strangers, _network(request)
        if request.method in SAFE or self._writes is None:
            return None
        return "writes", self._writes, visitor.id


def _a_minute(limit: int) -> Allowance | None:
    return Allowance(limit, limit / 60) if limit else None


def _network(request: Request) -> str:
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address) and not address.ipv4_mapped:
        return str(ip_network((address, _IPV6_PREFIX), strict=False))
    return host


class Gate:
    """Around the route of one operation."""

    def __init__(self, app: ASGIApp, policy: Policy, meters: Meters) -> None:
        self._app = app
        self._policy = policy
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a request through, and says on its answer how many more may follow."""
        request = Request(scope)
        visitor = self._known(request)
        scope[KEY] = visitor
        _reads(request)
        headers = self._meters.take(request, visitor)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        await self._app(scope, receive, told)

    def _known(self, request: Request) -> Visitor:
        """Who asks. A page of another site is nobody here unless it brings a token: that a
        browser stands on this machine, or is logged in, is not its doing."""
        visitor = visitor_of(request)
        if visitor.scopes is not None or "origin" not in request.headers:
            return visitor
        if visitor.reader is None or not csrf.foreign(request):
            return visitor
        if self._policy.who != "anyone" or visitor.accounts:
            raise HTTPException(401, "A page of another site needs a token.")
        return Visitor(visitor.mode)


def _reads(request: Request) -> None:
    """415 for a body that is not JSON."""
    if request.method in SAFE or request.headers.get("content-length", "0") == "0":
        return
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip()
    if kind.lower() != "application/json":
        raise HTTPException(415, "The API reads application/json.")
