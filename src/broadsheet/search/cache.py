"""The most recently used answers, for many threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Cache(Generic[Value]):
    """Keeps values that weigh at most ``size`` together, one each unless ``weigh`` says otherwise,
    and forgets the longest unused first."""

    def __init__(self, size: int, weigh: Callable[[Value], int] | None = None) -> None:
        self._size = size
        self._weigh = weigh
        self._weight = 0
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, Value] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable) -> Value | None:
        """The value of a key, None when it is not kept."""
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def put(self, key: Hashable, value: Value) -> None:
        """Keeps a value."""
        with self._lock:
            if key in self._values:
                self._weight -= self._weight_of(self._values.pop(key))
            self._values[key] = value
            self._weight += self._weight_of(value)
            while self._weight > self._size:
                self._weight -= self._weight_of(self._values.popitem(last=False)[1])

    def _weight_of(self, value: Value) -> int:
        return 1 if self._weigh is None else self._weigh(value)
