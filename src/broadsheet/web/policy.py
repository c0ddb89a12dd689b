"""Who may do what. Every route carries a policy; one without is never served.

``@allow`` stands on the handler, so that what a route does and who may do it are read together.
`enclose` puts the check in front of each route and refuses one that declares nothing; the tests
ask every route as everyone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

Who = Literal["anyone", "reader", "curator", "operator"]
RANKS: dict[str, int] = {"anyone": 0, "reader": 1, "curator": 2, "operator": 3}

# A form of ours; what uploads files says so.
FORM_BYTES = 100_000

Handler = TypeVar("Handler", bound=Callable[..., Awaitable[object]])


@dataclass(frozen=True, slots=True)
class Policy:
    """What a request must bring.

    ``scope`` is what a personal token must have (''; no token opens this: pages are for people);
    for what is for anyone it says which token opens it besides ``read`` where strangers may not.
    ``accounts`` routes are there only where accounts are on. ``body`` bounds a request's body in
    bytes. ``signed``: what the address itself carries is the proof, so no form token is asked
    for. ``asks``: a POST that changes nothing, as some protocols let one ask: no form token
    either. ``plain``: the same for everyone, so nobody is looked up. ``strangers``: there also
    where strangers may not read, because it is the way in or its address is a secret.
    """

    who: Who
    scope: str = ""
    accounts: bool = False
    body: int = FORM_BYTES
    signed: bool = False
    plain: bool = False
    strangers: bool = False
    asks: bool = False


def allow(
    who: Who,
    *,
    scope: str = "",
    accounts: bool = False,
    body: int = FORM_BYTES,
    signed: bool = False,
    plain: bool = False,
    strangers: bool = False,
    asks: bool = False,
) -> Callable[[Handler], Handler]:
    """Declares the policy of a handler."""

    def mark(handler: Handler) -> Handler:
        policy = Policy(who, scope, accounts, body, signed, plain, strangers, asks)
        handler.__dict__["policy"] = policy
        return handler

    return mark


def policy_of(route: BaseRoute) -> Policy:
    """The policy of a route; raises `LookupError` for one without."""
    found = getattr(getattr(route, "endpoint", None), "policy", None)
    if not isinstance(found, Policy):
        raise LookupError(f"{getattr(route, 'path', route)} has no policy: say who may use it")
    return found


class Door(Protocol):
    """Decides about one request before its handler runs."""

    async def admit(self, scope: Scope, receive: Receive, policy: Policy) -> Receive:
        """What the handler reads the body from; raises an HTTP error to refuse."""
        ...


def enclose(routes: Iterable[BaseRoute], door: Door) -> list[BaseRoute]:
    """The routes with the door in front of each; raises `LookupError` for one without a policy."""
    enclosed: list[BaseRoute] = []
    for route in routes:
        policy = policy_of(route)
        assert isinstance(route, Route)  # noqa: S101  # all that has an endpoint here
        route.app = _Enclosed(route.app, policy, door)
        enclosed.append(route)
    return enclosed


class _Enclosed:
    def __init__(self, app: ASGIApp, policy: Policy, door: Door) -> None:
        self._app = app
        self._policy = policy
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, await self._door.admit(scope, receive, self._policy), send)
