"""The encoders that a web process holds: the one whose vectors answer, and the one to come.

A promotion changes which encoder a home uses while pages are served. Queries go on being
encoded for the generation that answers; the encoder of its successor is loaded meanwhile, so
that the change costs no search its meaning.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from broadsheet.encoders import (
    Choice,
    Encoder,
    EncoderError,
    WeightsMissing,
    encoder_choice,
    load_choice,
    standing_stamp,
)
from broadsheet.settings import Settings

log = logging.getLogger("broadsheet.web")

# Weights that were missing may have come in the meantime: the worker fetches them too.
RETRY_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class _Failure:
    line: str
    again: float  # when to try again, by the monotonic clock


class Encoders:
    """Loads encoders aside and keeps those that are wanted. Safe for threads.

    ``given`` is an encoder to use whatever the home says, None for none at all. ``loaded`` is
    called in the loading thread when one has come or failed.
    """

    def __init__(
        self,
        settings: Settings,
        given: Encoder | Literal["load"] | None,
        loaded: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._given = None if given == "load" else given
        self._fixed = given != "load"
        self._told = loaded
        self._lock = threading.Lock()
        self._held: dict[str, Encoder] = {}
        self._failed: dict[str, _Failure] = {}
        self._loading: set[str] = set()
        self._stamp: tuple[int, ...] | None = None
        self._key: str | None = None
        self._live = self._wanted = Choice("")
        self._broken = ""

    def follow(self, key: str) -> None:
        """Loads what is missing for the generation whose vectors are kept under ``key``, and
        for the one to come; lets go of what neither needs."""
        if self._fixed:
            return
        with self._lock:
            self._choose(key)
            for chosen in {self._live.name: self._live, self._wanted.name: self._wanted}.values():
                if self._due(chosen.name):
                    self._loading.add(chosen.name)
                    threading.Thread(target=self._load, args=(chosen,), daemon=True).start()
            kept = {self._live.name, self._wanted.name}
            if kept <= self._held.keys():
                for name in self._held.keys() - kept:
                    if self._held[name].key != key:
                        del self._held[name]

    def ready(self, key: str) -> bool:
        """Whether queries can be encoded for the generation that was followed last, or nothing
        that could do it is on its way."""
        with self._lock:
            name = self._live.name
            settled = name in self._held or name in self._failed
            return self._fixed or self._of(key) is not None or settled

    def of(self, key: str) -> tuple[Encoder | None, Choice]:
        """The encoder for a generation, None while there is none, and where it comes from."""
        with self._lock:
            if self._fixed:
                name = self._given.name if self._given else ""
                return self._given, Choice(name, key=self._given.key if self._given else "")
            found = self._of(key) or self._held.get(self._live.name)
            return found, self._live

    @property
    def problem(self) -> str:
        """Why there is no encoder for the generation in use; '' where there is one."""
        failure = self._failed.get(self._live.name)
        return self._broken or (failure.line if failure else "")

    @property
    def loading(self) -> bool:
        """Whether the encoder of the generation in use is being loaded."""
        return self._live.name in self._loading and self._live.name not in self._held

    def _choose(self, key: str) -> None:
        """Asks the home again, where anything can have changed."""
        stamp = standing_stamp(self._settings)
        if (stamp, key) == (self._stamp, self._key):
            return
        if stamp != self._stamp:
            self._failed.clear()
            # A model that had to go answers no more, whatever generation is in use.
            for name in [name for name in self._held if self._is_gone(name)]:
                del self._held[name]
        self._stamp, self._key = stamp, key
        try:
            self._wanted = encoder_choice(self._settings)
            self._live = encoder_choice(self._settings, key)
            self._broken = ""
        except EncoderError as error:
            self._broken = str(error)
            log.warning("%s", error)

    def _is_gone(self, name: str) -> bool:
        """Whether an encoder was trained here and its files are deleted."""
        folder = Path(name)
        return folder.is_relative_to(self._settings.learn_path) and not folder.is_dir()

    def _of(self, key: str) -> Encoder | None:
        """The encoder that is chosen for a key, or one that was until just now."""
        chosen = self._held.get(self._live.name)
        if chosen is not None and chosen.key == key:
            return chosen
        return next((encoder for encoder in self._held.values() if encoder.key == key), None)

    def _due(self, name: str) -> bool:
        if not name or name in self._held or name in self._loading:
            return False
        failure = self._failed.get(name)
        return failure is None or time.monotonic() >= failure.again

    def _load(self, chosen: Choice) -> None:
        encoder, failure = None, None
        try:
            # One thread a query: several are encoded at once, and short texts gain nothing.
            encoder = load_choice(self._settings, chosen, threads=1)
            encoder.encode_queries(["the first query should not pay for the warm-up"])
        except WeightsMissing as error:
            failure = _Failure(str(error), time.monotonic() + RETRY_SECONDS)
        except EncoderError as error:
            failure = _Failure(str(error), float("inf"))
        except Exception:
            # A thread's exception would vanish: say it, and go on with words.
            log.exception("the encoder could not be loaded; papers are found by words")
            line = "the encoder could not be loaded; the log says why"
            failure = _Failure(line, float("inf"))
        with self._lock:
            if failure is not None:
                self._failed[chosen.name] = failure
            elif encoder is not None:
                self._held[chosen.name] = encoder
                self._failed.pop(chosen.name, None)
            self._loading.discard(chosen.name)
        self._told()
