"""The door: looks up who asks, and refuses what a policy does not allow."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from ipaddress import ip_address, ip_network

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Receive, Scope

from broadsheet.readers import LOCAL, TOKEN_PREFIX, Mode, Reader, Readers, ReadersError
from broadsheet.settings import Settings
from broadsheet.web import csrf
from broadsheet.web.cookies import SESSION, VISIT
from broadsheet.web.limits import bounded
from broadsheet.web.params import tidy
from broadsheet.web.policy import RANKS, Policy
from broadsheet.web.site import Site
from broadsheet.web.visitors import KEY, PEER, SAFE, Form, Visitor, is_api, is_feed, is_foreign

_FIELDS, _FILES = 400, 4


class Doorkeeper:
    """Looks up who asks, and refuses what a policy does not allow."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._hosts = csrf.Hosts(site.settings.hosts, site.settings.public_url)
        self._proxies = Proxies(site.settings)
        self._known: tuple[Readers, int, Reader | None] | None = None

    async def admit(self, scope: Scope, receive: Receive, policy: Policy) -> Receive:
        """Decides about one request; what the handler reads the body from."""
        request = Request(scope, receive)
        if policy.plain:
            return receive
        if not self._hosts.known(request.headers.get("host", "")):
            raise HTTPException(
                421,
                "This paper is not known under the name you asked for. Its operator can set "
                "“public_url” in broadsheet.toml, or add the name to “hosts”.",
            )
        state = await self._site.state()
        visitor = await self._site.in_thread(
            lambda: self._look_up(request, state.readers, state.mode)
        )
        scope[KEY] = visitor = _authorised(visitor, policy, closed=state.closed)
        if request.method in SAFE:
            return receive
        body = bounded(request, receive, policy.body)
        if not (policy.signed or policy.asks):
            await self._check_form(Request(scope, body), visitor, policy)
        return body

    def _look_up(self, request: Request, readers: Readers, mode: Mode) -> Visitor:
        base = self._site.settings.base_path
        if (is_api(request) or is_feed(request)) and (bearer := _bearer(request)):
            return _of_token(readers, mode, bearer)
        if mode == "single":
            local, seq = self._local(readers)
            return Visitor(mode, local, None, "", csrf.token(self._site.key()), seq=seq)
        if (name := self._proxies.name(request)) and (reader := _proxied(readers, name)):
            key = self._site.key() + reader.name.encode()
            return Visitor(mode, reader, None, "", csrf.token(key))
        if secret := SESSION.get(request, base):
            reader = readers.sessions.reader_of(secret)
            if reader is not None and not reader.disabled:
                return Visitor(mode, reader, None, secret, csrf.token(secret))
        visit = VISIT.get(request, base)
        return Visitor(mode, csrf=csrf.token(visit) if visit else "")

    def _local(self, readers: Readers) -> tuple[Reader | None, int]:
        """The local reader, read again where anything of a reader has changed, and the number of
        that change. The number is read first: what it stands for is at least as old."""
        seq, known = readers.seq(), self._known
        if known is None or known[0] is not readers or known[1] != seq:
            self._known = known = (readers, seq, readers.accounts.get(LOCAL))
        return known[2], seq

    async def _check_form(self, request: Request, visitor: Visitor, policy: Policy) -> None:
        """Refuses what does not come from our own pages or from a program."""
        if visitor.scopes is not None:
            return  # a personal token is never sent by a browser on its own
        if why := csrf.foreign(request):
            raise HTTPException(403, f"Nothing was changed: {why}.")
        given = request.headers.get(csrf.HEADER, "")
        if is_api(request):
            if visitor.session or csrf.from_a_browser(request):
                _require(visitor, given)
            elif not request.headers.get("content-type", "application/json").startswith(
                "application/json"
            ):
                raise HTTPException(415, "The API reads application/json.")
            return
        form = await _read(request, policy.body)
        _require(visitor, given or form.text(csrf.FIELD))
        request.scope[KEY] = replace(visitor, form=form)


def _authorised(visitor: Visitor, policy: Policy, *, closed: bool) -> Visitor:
    """The visitor, as far as the policy lets them in; raises an HTTP error otherwise."""
    if policy.accounts and not visitor.accounts:
        raise HTTPException(404)
    shut = closed and not (policy.strangers or policy.signed)
    if visitor.scopes is not None:
        visitor = _within_scopes(visitor, visitor.scopes, policy, shut=shut)
    if shut and visitor.reader is None:
        raise HTTPException(401)
    if visitor.rank >= RANKS[policy.who]:
        return visitor
    if visitor.reader is None:
        raise HTTPException(401)
    article = "an" if policy.who == "operator" else "a"
    raise HTTPException(403, f"This is for {article} {policy.who} of the paper.")


def _within_scopes(
    visitor: Visitor, scopes: frozenset[str], policy: Policy, *, shut: bool
) -> Visitor:
    """What the scopes of a token leave of its reader; raises 403 where that is too little.

    Where strangers read too, a token without the scope for it is as good as none.
    """
    if policy.who != "anyone":
        if not policy.scope:
            raise HTTPException(403, "Tokens do not open this; log in with a browser.")
        if policy.scope not in scopes:
            raise HTTPException(403, f"This token lacks the scope “{policy.scope}”.")
        return visitor
    if scopes & {"read", policy.scope}:
        return visitor
    if shut:
        raise HTTPException(403, f"This token lacks the scope “{policy.scope or 'read'}”.")
    return replace(visitor, reader=None)


def _require(visitor: Visitor, given: str) -> None:
    if not csrf.matches(visitor.csrf, given):
        raise HTTPException(
            403, "Nothing was changed: the form was too old. Load the page again and repeat it."
        )


async def _read(request: Request, most: int) -> Form:
    async with request.form(max_files=_FILES, max_fields=_FIELDS, max_part_size=most) as data:
        fields, files = [], []
        for name, value in data.multi_items():
            if isinstance(value, UploadFile):
                files.append((name, tidy(value.filename or "")[:200], await value.read()))
            else:
                fields.append((name, value))
    return Form(fields, files)


def _bearer(request: Request) -> str:
    """The token a program sends, '' for none.

    Clients of other services send what they have for those, asked or not: only what looks like
    a token of ours is one there. Feed readers know a name and a password alone: the password is
    the token, unless it is that of a proxy in front of us.
    """
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic" and is_feed(request):
        found = _password(secret)
        return found if found.startswith(TOKEN_PREFIX) else ""
    found = secret.strip() if scheme.lower() == "bearer" else ""
    if not is_foreign(request):
        return found
    found = found or request.headers.get("x-api-key", "").strip()
    return found if found.startswith(TOKEN_PREFIX) else ""


def _password(credentials: str) -> str:
    """The password of HTTP Basic (RFC 7617), '' for what does not read."""
    try:
        return b64decode(credentials.strip(), validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def _of_token(readers: Readers, mode: Mode, secret: str) -> Visitor:
    found = readers.tokens.check(secret)
    # Where the others log in, nobody is the local reader.
    stale = found is not None and mode == "accounts" and found[0].id == LOCAL
    if found is None or stale or found[0].disabled:
        raise HTTPException(
            401, "This token is unknown, expired or revoked.", {"WWW-Authenticate": "Bearer"}
        )
    return Visitor(mode, found[0], frozenset(found[1]))


class Proxies:
    """A reverse proxy that has asked for the password already and says who it is.

    Its header is believed only on connections from the addresses that the operator names.
    """

    def __init__(self, settings: Settings) -> None:
        self._header = settings.proxy_header.lower()
        self._trusted = [
            ip_network(part.strip(), strict=False)
            for part in settings.proxies.split(",")
            if part.strip()
        ]

    def name(self, request: Request) -> str:
        """The name the proxy gives, '' for none; 400 for more than one."""
        if not self._header or not self.trusts(request.scope):
            return ""
        given = request.headers.getlist(self._header)
        if len(given) > 1:  # what the asker sent has not been taken away: whose is which?
            raise HTTPException(400, "The proxy in front of this paper names several readers.")
        # Headers arrive as Latin-1; proxies write UTF-8.
        raw = "".join(given).encode("latin-1")
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            text = raw.decode("latin-1")
        return tidy(text).strip()

    def trusts(self, scope: Scope) -> bool:
        """Whether a connection comes from the proxy itself."""
        client = scope.get(PEER)
        if not client:
            return False
        try:
            address = ip_address(client[0])
        except ValueError:
            return False
        return any(address in network for network in self._trusted)


def _proxied(readers: Readers, name: str) -> Reader | None:
    try:
        reader = readers.named_by_proxy(name)
    except ReadersError as error:
        raise HTTPException(403, f"“{name[:80]}” cannot be an account here: {error}.") from error
    return None if reader.disabled else reader
