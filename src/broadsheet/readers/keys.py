"""Secrets that are handed out once, and kept as hashes.

They hold 256 random bits, so that a plain SHA-256 cannot be searched: slow hashes are for what
people choose.
"""

from __future__ import annotations

import secrets
from hashlib import sha256


def fresh(prefix: str = "") -> str:
    """A new secret, fit for an address, a cookie and a header."""
    return prefix + secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """What is kept of a secret."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def feed_secret() -> str:
    """The secret part of a feed's address: 192 random bits."""
    return secrets.token_urlsafe(24)
