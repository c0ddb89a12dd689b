"""Connections that never reach a private network: the address connected to is the one checked.

A name is resolved once, every address it has must be public, and the connection goes to one of
those very addresses. A name that means something else a moment later changes nothing. TLS still
checks the certificate against the name.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

import httpcore2

from broadsheet.sources.fetching.resolving import Resolver

# An IPv4 address behind a translator, as networks without IPv4 write it.
_NAT64 = IPv6Network("64:ff9b::/96")
# Not public by IANA's registries, whatever this version of Python has of them: what protocols
# use among themselves (a cloud's keys are had at 192.0.0.192), old site-local, documentation.
_NOT_PUBLIC = (IPv4Network("192.0.0.0/24"), IPv6Network("fec0::/10"), IPv6Network("3fff::/20"))


class ForbiddenAddressError(Exception):
    """A host whose address is not public."""


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet, also if it wraps an IPv4 address."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and ip in _NAT64:
        return _global(_low(ip))
    return all(_global(one) for one in (ip, *_wrapped(ip)))


def _global(ip: IPv4Address | IPv6Address) -> bool:
    odd = ip.is_multicast or ip.is_reserved or ip.is_unspecified
    return ip.is_global and not odd and not any(ip in network for network in _NOT_PUBLIC)


def _wrapped(ip: IPv4Address | IPv6Address) -> list[IPv4Address]:
    if isinstance(ip, IPv4Address):
        return []
    inner = [one for one in (ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())) if one]
    # ::a.b.c.d, long out of use, still means an IPv4 address to some systems.
    if int(ip) >> 32 == 0:
        inner.append(_low(ip))
    return inner


def _low(ip: IPv6Address) -> IPv4Address:
    return IPv4Address(int(ip) & 0xFFFFFFFF)


class Guard(httpcore2.NetworkBackend):
    """Opens connections to public addresses only, and lets none outlive the deadline.

    ``allow`` names the one ``host:port`` that may be private for the next connection.
    ``deadline`` is compared with `time.monotonic`.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._sockets = httpcore2.SyncBackend()
        self.allow: tuple[str, int] | None = None
        self.deadline = float("inf")

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection to the first address that answers; `ForbiddenAddressError` for others."""
        failure: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in self._addresses(host, port):
            try:
                stream = self._sockets.connect_tcp(
                    address, port, left(self.deadline, timeout), local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return _Timed(stream, self.deadline)
        raise failure

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            addresses = self._resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"{host} cannot be resolved: {error}") from error
        if self.allow != (host, port):
            for address in addresses:
                if not is_public(address):
                    known = "" if address == host else f"{address}, "
                    raise ForbiddenAddressError(f"{host} is {known}not a public address")
        return addresses


def left(deadline: float, timeout: float | None) -> float | None:
    """The seconds a step may take; `httpcore2.ReadTimeout` when the deadline has passed."""
    rest = deadline - time.monotonic()
    if rest <= 0:
        raise httpcore2.ReadTimeout("the whole answer took too long")
    if rest == float("inf"):
        return timeout
    return rest if timeout is None else min(timeout, rest)


class _Timed(httpcore2.NetworkStream):
    """A stream on which no step lasts beyond the deadline: bytes that drip do not prolong it."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, left(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, left(self._deadline, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        secured = self._stream.start_tls(
            ssl_context, server_hostname, left(self._deadline, timeout)
        )
        return _Timed(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
