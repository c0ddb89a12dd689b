"""What was used last, kept for many threads: one kind for every room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Cache(Generic[Key, Value]):
    """Keeps values that weigh at most ``size`` together, one each unless ``weigh`` says otherwise,
    and forgets the longest unused first.

    ``state`` is of what values were made: those of another are never given, and forgotten once one
    of a new state is put. Who makes a value names the state that it *began* with: so nothing that
    changed meanwhile is taken for what holds now.
    """

    def __init__(self, size: int, weigh: Callable[[Value], int] | None = None) -> None:
        self._size = size
        self._weigh = weigh
        self._weight = 0
        self._state: object = None
        self._lock = threading.Lock()
        self._values: OrderedDict[Key, Value] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Key, state: object = None) -> Value | None:
        """The value of a key, None when it is not kept."""
        with self._lock:
            value = self._values.get(key) if state == self._state else None
            if value is not None:
                self._values.move_to_end(key)
            return value

    def found(self, keys: Iterable[Key], state: object = None) -> dict[Key, Value]:
        """Those of the keys that are kept, with their values, in the order asked for."""
        with self._lock:
            if state != self._state:
                return {}
            found = {key: self._values[key] for key in keys if key in self._values}
            for key in found:
                self._values.move_to_end(key)
            return found

    def put(self, key: Key, value: Value, state: object = None) -> None:
        """Keeps a value; one that alone weighs more than there is room for is not kept."""
        weight = self._weight_of(value)
        with self._lock:
            if state != self._state:
                self._values.clear()
                self._state, self._weight = state, 0
            if key in self._values:
                self._weight -= self._weight_of(self._values.pop(key))
            if weight > self._size:
                return
            self._values[key] = value
            self._weight += weight
            while self._weight > self._size:
                self._weight -= self._weight_of(self._values.popitem(last=False)[1])

    def _weight_of(self, value: Value) -> int:
        return 1 if self._weigh is None else self._weigh(value)
