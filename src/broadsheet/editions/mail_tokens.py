"""Signed links in mails: each good for one reader, one thing and a while.

A link proves that we wrote it for this reader. It carries no password and opens no session: who
holds it can do the one thing it names, and nothing else.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Literal

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from broadsheet.catalog import reported
from broadsheet.files import lasting_secret
from broadsheet.settings import Settings

MailAct = Literal["more", "less", "save"]
ACTS: tuple[MailAct, ...] = ("more", "less", "save")

KEY_NAME = "mail.key"
_DAY = 86_400
ACT_SECONDS = 60 * _DAY
_LONGEST = 1_000


class LinkError(Exception):
    """A link that cannot be followed; the text says why, in a line for the reader."""


@dataclass(frozen=True, slots=True)
class ActLink:
    """What a paper's link allows. ``act`` "" leaves the choice of the three to the reader."""

    reader_id: int
    work_id: int
    act: MailAct | Literal[""]


class MailTokens:
    """Makes and reads the links of one home."""

    def __init__(self, secret: bytes) -> None:
        self._acts = URLSafeTimedSerializer(secret, salt="broadsheet mail act")
        self._ends = URLSafeTimedSerializer(secret, salt="broadsheet mail unsubscribe")

    @staticmethod
    def of(settings: Settings) -> MailTokens:
        """The tokens of a home; its key is made on first use and read by its owner alone."""
        given = settings.secret.get_secret_value()
        return MailTokens(given.encode() if given else _key(settings))

    def act(self, reader_id: int, work_id: int, act: MailAct | Literal[""]) -> str:
        """A link that allows one act on one paper."""
        return str(self._acts.dumps([reader_id, work_id, act]))

    def read_act(self, token: str) -> ActLink:
        """What an act's link allows; raises `LinkError`."""
        match _loads(self._acts, token, ACT_SECONDS):
            case [int(reader_id), int(work_id), ("more" | "less" | "save" | "") as act]:
                return ActLink(reader_id, work_id, act)
        raise LinkError(_FORGED)

    def unsubscribe(self, reader_id: int) -> str:
        """A link that ends a reader's digests. It stays good: an old mail must be able to."""
        return str(self._ends.dumps(reader_id))

    def read_unsubscribe(self, token: str) -> int:
        """Whose digests a link ends; raises `LinkError`."""
        found = _loads(self._ends, token, None)
        if not isinstance(found, int):
            raise LinkError(_FORGED)
        return found


_FORGED = (
    "This link is damaged or was not made here. Mail programs sometimes break long links: "
    "copy all of it from the mail."
)


def _loads(serializer: URLSafeTimedSerializer, token: str, seconds: int | None) -> Any:
    if len(token) > _LONGEST:
        raise LinkError(_FORGED)
    try:
        return serializer.loads(token, max_age=seconds)
    except SignatureExpired as error:
        raise LinkError("This link has expired. A newer mail has newer ones.") from error
    except (BadData, ValueError) as error:  # also what unpacks to no JSON
        raise LinkError(_FORGED) from error


def _key(settings: Settings) -> bytes:
    path = settings.home / KEY_NAME
    with reported(str(path)):
        return lasting_secret(path, secrets.token_hex(32).encode())
