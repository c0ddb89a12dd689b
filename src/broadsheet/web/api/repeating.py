"""Writes that are sent twice and done once: the header ``Idempotency-Key``.

A program that did not hear the answer sends the same request with the same key and gets the
answer that was made (draft-ietf-httpapi-idempotency-key-header-07). Kept in memory for a day,
so a restart forgets them.
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from hashlib import blake2b

from starlette.exceptions import HTTPException

from broadsheet.web.reply import Body

_KEPT_SECONDS = 86_400.0
_KEPT = 5_000
_KEPT_BYTES = 50_000
_KEY = re.compile(r"[!-~]{1,255}")


@dataclass(slots=True)
class _Sent:
    fingerprint: bytes
    at: float
    body: Body | None = None


class Repeats:
    """Answers by who asked, where, and under which key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent: OrderedDict[Hashable, _Sent] = OrderedDict()

    async def once(
        self, key: tuple[int, str, str], content: bytes, do: Callable[[], Awaitable[Body]]
    ) -> Body:
        """What ``do`` gives, or gave when it was asked for under this key.

        Raises 409 while the first is under way, and 422 when the key stood for other content.
        """
        if not _KEY.fullmatch(key[2]):
            raise HTTPException(400, "Idempotency-Key: 1 to 255 characters of ASCII, no spaces.")
        fingerprint = blake2b(content, digest_size=16).digest()
        if (known := self._begin(key, fingerprint)) is not None:
            return known
        try:
            body = await do()
        except BaseException:
            with self._lock:
                self._sent.pop(key, None)
            raise
        with self._lock:
            # What is too long to keep is done again: no such write is.
            if len(body.content) <= _KEPT_BYTES and key in self._sent:
                self._sent[key].body = body
            else:
                self._sent.pop(key, None)
        return body

    def _begin(self, key: Hashable, fingerprint: bytes) -> Body | None:
        now = time.monotonic()
        with self._lock:
            found = self._sent.get(key)
            if found is not None and now - found.at < _KEPT_SECONDS:
                if found.fingerprint != fingerprint:
                    raise HTTPException(422, "This Idempotency-Key was used for another request.")
                if found.body is None:
                    raise HTTPException(409, "The request of this Idempotency-Key is under way.")
                return found.body
            self._sent[key] = _Sent(fingerprint, now)
            self._sent.move_to_end(key)
            while len(self._sent) > _KEPT:
                self._sent.popitem(last=False)
        return None
