"""What a reader's act can run into, as one line fit to be shown to that reader."""

from __future__ import annotations

from broadsheet.errors import UserError


class ReadersError(UserError):
    """This cannot be done; the text is one line that says what, and what to do."""


class ThrottledError(ReadersError):
    """Too many at once; ``seconds`` says how long to wait."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds
