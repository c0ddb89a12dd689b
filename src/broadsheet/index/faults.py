"""Why an index cannot be used."""

from __future__ import annotations

from broadsheet.errors import UserError


class IndexFault(UserError):  # noqa: N818 - IndexError is Python's own
    """An index that cannot be used; the message is one line: what, where, what to do."""


class IndexMissing(IndexFault):
    """There is no index yet."""


class IndexBroken(IndexFault):
    """Files of the index are missing or damaged."""


class IndexOutdated(IndexFault):
    """The index was made by another version; a writer makes it anew by itself."""


class IndexLocked(IndexFault):
    """Another process writes the index; the message names it."""
