"""Passwords: argon2id, with the memory and time that OWASP's cheat sheet gives as its first
choice under 20 MiB (m = 19 MiB, t = 2, p = 1), and what may be one (ASVS 2.1).
"""

from __future__ import annotations

import secrets
import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from broadsheet.readers.errors import ReadersError

SHORTEST, LONGEST = 12, 256
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# A flood of log-ins takes no more memory and processors than this many at once.
_AT_ONCE = threading.BoundedSemaphore(4)
# What the lists of leaked passwords begin with, among those of this length.
_COMMON_TEXT = (
    "passwordpassword password1234 password12345 password123456 qwertyuiopas qwertyuiop12 "
    "qwertyuiop123 qwerty123456 qwerty12345678 1q2w3e4r5t6y 1q2w3e4r5t6y7u 1qaz2wsx3edc "
    "1qaz2wsx3edc4rfv iloveyou1234 iloveyouforever letmeinletmein welcome12345 welcome123456 "
    "administrator administrator1 changemechangeme changeme1234 trustno1trustno1 "
    "abcdefghijkl abcdefghijklm abcd1234abcd abc123abc123 q1w2e3r4t5y6 zaq12wsxcde3 "
    "correcthorsebatterystaple letmein12345 monkey123456 football1234 baseball1234 "
    "dragon123456 sunshine1234 princess1234 superman1234 asdfghjkl123 asdfghjklzxc "
    "thisismypassword mypassword12 mypassword123 passw0rd1234 p@ssw0rd1234 p@ssword1234"
)
_COMMON = frozenset(_COMMON_TEXT.split())
_RUN = "01234567890123456789 98765432109876543210 abcdefghijklmnopqrstuvwxyz qwertyuiopasdfghjkl"


def hashed(password: str) -> str:
    """The argon2id hash of a password, its salt included."""
    with _AT_ONCE:
        return _HASHER.hash(_composed(password))


def matches(stored: str, password: str) -> bool:
    """Whether a password is the one of a hash; without one, the same work is done for nothing."""
    try:
        with _AT_ONCE:
            good = _HASHER.verify(stored or _nobody(), _composed(password)[: 4 * LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return good and bool(stored)


def is_old(stored: str) -> bool:
    """Whether a hash was made with other costs than those of now."""
    return _HASHER.check_needs_rehash(stored)


def check(password: str, *names: str) -> None:
    """Raises `ReadersError` for a password that is too short, too long or easily guessed.

    ``names`` are what everyone knows of its owner. Any characters do, and none are asked for.
    """
    if len(password) < SHORTEST:
        raise ReadersError(f"a password has at least {SHORTEST} characters; a few words do well")
    if len(password) > LONGEST:
        raise ReadersError(f"a password has at most {LONGEST} characters")
    folded = unicodedata.normalize("NFC", password).casefold()
    plain = "".join(folded.split())
    easy = (
        plain in _COMMON
        or len(set(plain)) < 5
        or any(plain in run for run in _RUN.split())
        or any(len(name) > 3 and name.casefold() in plain and len(plain) < len(name) + 8
               for name in names)
    )  # fmt: skip
    if easy:
        raise ReadersError("this password is among the first that are tried; choose another")


def _composed(password: str) -> bytes:
    # The same keys give different bytes on different systems (ASVS 2.1.4, RFC 8265).
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


@cache
def _nobody() -> str:
    return _HASHER.hash(secrets.token_bytes(32))
