"""A reader's settings, sessions and tokens; their data to take along, and to delete."""

from __future__ import annotations

import json
import zoneinfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.editions import opml, plain_date
from broadsheet.readers import SCOPES, Reader, Readers, ReadersError
from broadsheet.web.addresses import address_of
from broadsheet.web.cookies import SESSION
from broadsheet.web.desk import State
from broadsheet.web.feed_addresses import reader_feeds
from broadsheet.web.letters import send_confirmation
from broadsheet.web.pages.own import OwnPages
from broadsheet.web.policy import allow
from broadsheet.web.reply import Body
from broadsheet.web.visitors import visitor_of
from broadsheet.web.withdrawing import withdraw_models
from broadsheet.worker import PostLog, delete_reader

_DIGESTS = (("off", "none"), ("daily", "every day"), ("weekly", "every week"))
_SCOPE_WORDS = {
    "read": "read what is mine",
    "write": "act for me",
    "feeds": "fetch feeds (the password for a feed reader)",
    "moderate": "decide as a curator",
    "admin": "run the accounts",
}
_EXPORTS = {
    "json": ("application/json", "data.json"),
    "bib": ("application/x-bibtex", "papers.bib"),
    "opml": ("text/x-opml", "feeds.opml"),
}


# What stands in a browser's name for itself -> what people call it; the first that is found.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


class AccountPages(OwnPages):
    """Handlers over one site."""

    def routes(self) -> list[Route]:
        """The account and its parts."""
        return [
            Route("/account", self.account, methods=["GET"]),
            Route("/account", self.settings, methods=["POST"]),
            Route("/account/mail", self.mail, methods=["POST"]),
            Route("/account/password", self.password, methods=["POST"]),
            Route("/account/sessions", self.sessions, methods=["POST"]),
            Route("/account/tokens", self.make_token, methods=["POST"]),
            Route("/account/tokens/{number:int}", self.revoke, methods=["POST"]),
            Route("/account/data.{kind}", self.data, methods=["GET"]),
            Route("/account/delete", self.delete, methods=["POST"]),
        ]

    @allow("reader")
    async def account(self, request: Request) -> Response:
        """The page."""
        visitor = visitor_of(request)

        def make(state: State) -> dict[str, object]:
            readers = state.readers
            box = PostLog(state.catalog.database).postbox(visitor.id)
            here = readers.sessions.session_of(visitor.session)
            sessions = readers.sessions.list(visitor.id) if visitor.accounts else []
            curator, operator = visitor.me.is_curator, visitor.me.is_operator
            return {
                "here": "/account",
                "undecided": readers.community.undecided(operator=operator) if curator else 0,
                "zones": sorted(zoneinfo.available_timezones()),
                "digests": _DIGESTS,
                "mailed": bool(self.site.settings.smtp_host),
                "quiet_days": box.quiet,
                "refused_on": plain_date(box.refuses(visitor.me.email)[:10]),
                "hours": [(str(hour), f"{hour}:00") for hour in range(24)],
                "sessions": sessions,
                "agents": {session.id: browser_words(session.agent) for session in sessions},
                "this_session": here.id if here else 0,
                "tokens": readers.tokens.list(visitor.id),
                "scopes": [(scope, _SCOPE_WORDS[scope]) for scope in _scopes(visitor.me)],
                "secret": "",
                "learning": readers.learning.allowed(visitor.id),
            }

        return await self.show(request, "account.html", make)

    @allow("reader")
    async def settings(self, request: Request) -> Response:
        """Keeps the settings."""
        visitor = visitor_of(request)
        form = visitor.form
        state = await self.site.state()

        def keep(readers: Readers) -> str:
            changes: dict[str, object] = {
                "timezone": form.text("timezone"),
                "minutes": form.number("minutes", "Minutes a day for “For you”"),
                "digest": form.text("digest"),
                "digest_hour": form.number("digest_hour", "The hour of the digest"),
            }
            if visitor.accounts:
                changes |= {"display": form.text("display")}
                changes |= {"public_votes": form.has("public_votes")}
            readers.accounts.update(visitor.id, **changes)
            post = PostLog(state.catalog.database)
            post.want_quiet_days(visitor.id, wanted=form.has("quiet_days"))
            readers.learning.allow(visitor.id, wanted=form.has("learning"))
            withdraw_models(self.site.settings, readers.catalog)
            return "Kept"

        return await self.change(request, keep, f"{self.base}/account")

    @allow("reader")
    async def mail(self, request: Request) -> Response:
        """Another mail address, which counts once the link that is sent to it was opened; or
        none, where that is what was said: a field that was left empty says nothing."""
        visitor = visitor_of(request)
        remove = visitor.form.text("do") == "remove"
        email = "" if remove else visitor.form.text("email", 300)
        address = address_of(self.site, request)
        settings, state = self.site.settings, await self.site.state()

        def change(_readers: Readers) -> str:
            if not (email or remove):
                raise ReadersError("the address is empty; write one")
            asked = send_confirmation(settings, state, visitor.me, email, address)
            return asked or "The address is removed, and no digest is made any more"

        return await self.change(request, change, f"{self.base}/account")

    @allow("reader", accounts=True)
    async def password(self, request: Request) -> Response:
        """Another password; every other session ends."""
        visitor = visitor_of(request)
        form = visitor.form

        def change(readers: Readers) -> str:
            readers.sessions.ask_again(visitor.id, form.secret("password"))
            here = readers.sessions.session_of(visitor.session)
            readers.accounts.set_password(
                visitor.id, form.secret("new"), session=here.id if here else 0
            )
            return "The password is changed; other sessions have ended"

        return await self.change(request, change, f"{self.base}/account")

    @allow("reader", accounts=True)
    async def sessions(self, request: Request) -> Response:
        """Ends one session, or all but this one."""
        visitor = visitor_of(request)
        which = visitor.form.text("session")

        def end(readers: Readers) -> str:
            if which != "others":
                readers.sessions.end(visitor.id, visitor.form.number("session"))
                return "The session has ended"
            here = readers.sessions.session_of(visitor.session)
            readers.sessions.end_all(visitor.id, but=here.id if here else 0)
            return "The other sessions have ended"

        return await self.change(request, end, f"{self.base}/account")

    @allow("reader")
    async def make_token(self, request: Request) -> Response:
        """A token for a program; its secret is shown on this answer and never again."""
        visitor = visitor_of(request)
        form = visitor.form

        def make(state: State) -> Body:
            days = form.text("expires")
            secret = state.readers.tokens.make(
                visitor.id, form.text("name"), form.many("scope"), days
            )
            values: dict[str, object] = {"here": "/account", "secret": secret}
            return self.render(visitor, "token.html", values)

        response = await self.site.personal(request, make)
        response.headers["Cache-Control"] = "no-store"
        return response

    @allow("reader")
    async def revoke(self, request: Request) -> Response:
        """Makes a token worthless."""
        visitor, number = visitor_of(request), request.path_params["number"]

        def revoke(readers: Readers) -> str:
            readers.tokens.revoke(visitor.id, number)
            return "The token is revoked"

        return await self.change(request, revoke, f"{self.base}/account")

    @allow("reader")
    async def data(self, request: Request) -> Response:
        """All of one's data as a file."""
        visitor, kind = visitor_of(request), request.path_params["kind"]
        if kind not in _EXPORTS:
            raise HTTPException(404)
        media_type, name = _EXPORTS[kind]

        def make(state: State) -> Body:
            content = exported(state, visitor.me, kind, address_of(self.site, request))
            disposition = f'attachment; filename="broadsheet-{name}"'
            return Body(content, media_type, headers={"Content-Disposition": disposition})

        return await self.site.personal(request, make)

    @allow("reader")
    async def delete(self, request: Request) -> Response:
        """Deletes all that is the reader's; asked once more, with the password."""
        visitor = visitor_of(request)
        if not visitor.form.has("sure"):
            return await self.show(request, "account_delete.html", lambda _: {"here": "/account"})

        def delete(readers: Readers) -> str:
            if visitor.accounts:
                readers.sessions.ask_again(visitor.id, visitor.form.secret("password"))
            delete_reader(self.site.settings, readers, visitor.id)
            withdraw_models(self.site.settings, readers.catalog)
            return "Everything of yours is deleted"

        response = await self.change(request, delete, self.site.links.front())
        if visitor.session:
            SESSION.clear(request, response, self.base)
        # Nor does the browser hold on to pages of what is gone.
        response.headers["Clear-Site-Data"] = '"cache"'
        return response


def browser_words(agent: str) -> str:
    """What a browser calls itself, in words its reader knows: “Firefox on Linux”."""
    browser = next((words for mark, words in _BROWSERS if mark in agent), "")
    system = next((words for mark, words in _SYSTEMS if mark in agent), "")
    if not browser:
        return agent[:60] or "A browser"
    return f"{browser} on {system}" if system else browser


def exported(state: State, reader: Reader, kind: str, base: str) -> bytes:
    """A reader's data in one of the formats; ``base`` is the address of the site."""
    if kind == "bib":
        return state.readers.data.bibtex(reader.id).encode("utf-8", "replace")
    if kind == "opml":
        key = PostLog(state.catalog.database).feed_key(reader.id)
        return opml(f"The feeds of {reader.display}", reader_feeds(state, reader, base, key))
    return json.dumps(state.readers.data.export(reader.id), ensure_ascii=False, indent=1).encode(
        "utf-8", "replace"
    )


def _scopes(reader: Reader) -> list[str]:
    """What a token of this reader can open at all."""
    officer = {"moderate": reader.is_curator, "admin": reader.is_operator}
    return [scope for scope in SCOPES if officer.get(scope, True)]
