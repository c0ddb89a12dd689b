"""What every room's foreseeable failures have in common."""

from __future__ import annotations


class UserError(Exception):
    """A failure that whoever uses the program can do something about; its text is one line that
    says what, where and what to do."""
