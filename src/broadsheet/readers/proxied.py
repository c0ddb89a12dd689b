"""Whose account it is when a login proxy names the reader.

Proxies hand over whatever their directory knows people by: mail addresses, full names, any
script. What has the form of an account's name is that name; from everything else one is made,
and two that differ never come to the same account.
"""

from __future__ import annotations

import re
import unicodedata
from hashlib import blake2b

from broadsheet.readers import checks
from broadsheet.readers.accounts import MAX_DISPLAY, Accounts
from broadsheet.readers.errors import ReadersError
from broadsheet.readers.values import Reader

_SHOWN = 22
_DIGEST_BYTES = 8
# The ends of names that are made here. A proxy's name of this form gets another end: else whoever
# may choose their name there could choose a reader's account.
_MADE = re.compile(rf".+__[0-9a-f]{{{2 * _DIGEST_BYTES}}}")


def proxied_account(accounts: Accounts, given: str) -> Reader:
    """The account of the reader whom a proxy names so, made where there is none yet.

    Raises `ReadersError` for a name that cannot be an account's, such as the local reader's.
    """
    name = proxied_name(given)
    found = accounts.by_name(name)
    if found is not None:
        return found
    try:
        display = checks.line(given.strip()[:MAX_DISPLAY], "name", MAX_DISPLAY)
        return accounts.add(name, None, "reader", _address(given), display=display)
    except ReadersError:
        found = accounts.by_name(name)  # a page's requests come all at once: another made it
        if found is None:
            raise
        return found


def proxied_name(given: str) -> str:
    """The account's name for what a proxy says; raises `ReadersError` for one nobody may have."""
    known_as = unicodedata.normalize("NFC", given).strip().lower()
    if checks.has_form_of_name(known_as) and not _MADE.fullmatch(known_as):
        return checks.account_name(known_as)
    letters = unicodedata.normalize("NFKD", known_as).encode("ascii", "ignore").decode()
    shown = re.sub(r"[^a-z0-9.]+", "-", letters)[:_SHOWN].strip("-.") or "reader"
    digest = blake2b(known_as.encode("utf-8", "replace"), digest_size=_DIGEST_BYTES)
    return f"{shown}__{digest.hexdigest()}"


def _address(given: str) -> str:
    """What a proxy says, where it is a mail address; else ''."""
    try:
        return checks.email_address(given)
    except ReadersError:
        return ""
