"""What can go wrong on purpose."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(kw_only=True)
class Fault:
    """Something that happens to the next ``times`` requests (-1: to all) of an interface."""

    interface: str = ""
    times: int = 1


@dataclass
class Refuse(Fault):
    """An error status, with Retry-After in seconds (or as a date)."""

    status: int = 503
    retry_after: float | None = None
    as_date: bool = False

    def __init__(
        self,
        status: int,
        retry_after: float | None = None,
        *,
        as_date: bool = False,
        interface: str = "",
        times: int = 1,
    ) -> None:
        super().__init__(interface=interface, times=times)
        self.status, self.retry_after, self.as_date = status, retry_after, as_date


@dataclass(kw_only=True)
class Broken(Fault):
    """XML whose last closing tags are missing, sent as if it were whole."""


@dataclass(kw_only=True)
class BrokenRecord(Fault):
    """One record of the page holds a tag that is never closed: that of an id, or of a place."""

    place: int = 0
    id: str = ""


@dataclass(kw_only=True)
class Truncated(Fault):
    """Half of the bytes that the header promises, then the end."""


@dataclass(kw_only=True)
class Cut(Fault):
    """The connection is closed without an answer."""


@dataclass(kw_only=True)
class Slow(Fault):
    """Bytes that come one by one, a pause between them."""

    pause: float = 0.05


@dataclass(kw_only=True)
class Redirect(Fault):
    """Sends on to another address."""

    to: str = "http://169.254.169.254/latest/meta-data/"


@dataclass(kw_only=True)
class Bomb(Fault):
    """A small gzip body that unpacks to ``size`` bytes."""

    size: int = 200 << 20


@dataclass(kw_only=True)
class EmptyPage(Fault):
    """A page of the query API without entries, its total as it is."""


@dataclass(kw_only=True)
class ExpireTokens(Fault):
    """The resumption token that is asked with has expired."""


@dataclass(kw_only=True)
class Stale(Fault):
    """A day's feed lists the batch of the day before, under the new date."""

    day: str = ""
    times: int = -1


@dataclass(kw_only=True)
class Missing(Fault):
    """Papers that an interface leaves out; of one day if it names one."""

    ids: frozenset[str] = frozenset()
    day: str = ""
    times: int = -1
