"""The error of everything that asks other hosts."""

from __future__ import annotations

from broadsheet.errors import UserError


class FetchError(UserError):
    """An answer that did not come or cannot be used; one line says what, where and what to do.

    ``transient``: the same request may succeed later, ``retry_after`` seconds from now where
    the host said so. ``status`` is that of the answer, 0 when there was none, and ``content``
    its first bytes.
    """

    def __init__(
        self,
        message: str,
        *,
        transient: bool,
        status: int = 0,
        retry_after: float | None = None,
        content: bytes = b"",
    ) -> None:
        super().__init__(message)
        self.transient = transient
        self.status = status
        self.retry_after = retry_after
        self.content = content
