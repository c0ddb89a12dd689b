"""An OAI-PMH 2.0 repository at ``/oai``: the whole catalog, for whoever keeps a copy of it.

Items are listed in the order of the catalog's change log, and their datestamps never go back in
that order: a harvest that goes on from the last datestamp it saw, or from the last
``responseDate``, misses nothing. What changes while a list is read is told again at its end, and
after that end in a list that has one (``until``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broadsheet.catalog import Harvests, Told
from broadsheet.web.addresses import address_of
from broadsheet.web.compat.oai_asked import (
    TOKEN,
    OaiError,
    Place,
    arguments,
    begun,
    resumed,
)
from broadsheet.web.compat.oai_records import FORMATS, Format, header, record
from broadsheet.web.compat.oai_sets import name_of, sets_of
from broadsheet.web.compat.oai_xml import HEAD, MEDIA_TYPE, element, escaped
from broadsheet.web.desk import State
from broadsheet.web.policy import allow
from broadsheet.web.reply import Body
from broadsheet.web.site import Site

PATH = "/oai"
_PAGE = 1_000
_ROOT = (
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/ '
    'http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">'
)
_TIME = "%Y-%m-%dT%H:%M:%SZ"
# A change is dated a moment before others can see it. What is asked for from the time of an
# answer on has to have in it whatever that answer could not see yet.
_UNSEEN = timedelta(seconds=15)
_NOBODY = "nobody@example.invalid"
_BODY = 20_000


class OaiProvider:
    """Handlers over one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """One address, asked either way."""
        return [
            Route(PATH, self.asked, methods=["GET"]),
            Route(PATH, self.sent, methods=["POST"]),
        ]

    @allow("anyone", scope="read")
    async def asked(self, request: Request) -> Response:
        """A request in the address."""
        return await self._answer(request, request.query_params.multi_items())

    @allow("anyone", scope="read", asks=True, body=_BODY)
    async def sent(self, request: Request) -> Response:
        """A request in a form."""
        sent = (await request.body()).decode("utf-8", "replace")
        pairs = parse_qsl(sent, keep_blank_values=True, max_num_fields=100)
        return await self._answer(request, pairs)

    async def _answer(self, request: Request, pairs: Sequence[tuple[str, str]]) -> Response:
        said = (datetime.now(UTC) - _UNSEEN).strftime(_TIME)
        base = f"{address_of(self._site, request)}{PATH}"

        def make(state: State) -> Body:
            asked: dict[str, str] = {}
            try:
                asked = arguments(pairs)
                content = _Answers(state, self._site, base).make(asked)
            except OaiError as error:
                content = f'<error code="{error.code}">{escaped(str(error))}</error>'
                if error.code in ("badVerb", "badArgument"):
                    asked = {}
            given = "".join(f' {name}="{escaped(value)}"' for name, value in asked.items())
            document = (
                f"{HEAD}{_ROOT}\n<responseDate>{said}</responseDate>"
                f"<request{given}>{escaped(base)}</request>\n{content}\n</OAI-PMH>\n"
            )
            return Body(document.encode(), MEDIA_TYPE, timed=True)

        return await self._site.personal(request, make)


class _Answers:
    """The six verbs, of one state."""

    def __init__(self, state: State, site: Site, base: str) -> None:
        self._state = state
        self._settings = site.settings
        self._base = base
        self._harvests = Harvests(state.catalog.database)

    def make(self, asked: dict[str, str]) -> str:
        """The element of a verb."""
        match asked["verb"]:
            case "Identify":
                return self._identify()
            case "ListMetadataFormats":
                return self._formats(asked.get("identifier", ""))
            case "ListSets":
                return self._sets(asked.get(TOKEN, ""))
            case "GetRecord":
                return self._record(asked["identifier"], asked["metadataPrefix"])
            case verb:
                return self._list(verb, asked)

    def _identify(self) -> str:
        settings = self._settings
        people = (settings.contact, settings.mail_from)
        mail = next((one for one in people if "@" in one and "/" not in one), _NOBODY)
        earliest = self._harvests.earliest() or datetime.now(UTC).strftime(_TIME)
        parts = (
            element("repositoryName", settings.name),
            element("baseURL", self._base),
            element("protocolVersion", "2.0"),
            element("adminEmail", mail),
            element("earliestDatestamp", earliest),
            element("deletedRecord", "persistent"),
            element("granularity", "YYYY-MM-DDThh:mm:ssZ"),
            element("compression", "gzip"),
        )
        return f"<Identify>{''.join(parts)}</Identify>"

    def _formats(self, identifier: str) -> str:
        if identifier:
            name = name_of(identifier)
            if not name or self._harvests.find(name) is None:
                raise OaiError("idDoesNotExist", "no item here has this identifier")
        told = "".join(
            f"<metadataFormat>{element('metadataPrefix', form.prefix)}"
            f"{element('schema', form.schema)}"
            f"{element('metadataNamespace', form.namespace)}</metadataFormat>"
            for form in FORMATS.values()
        )
        return f"<ListMetadataFormats>{told}</ListMetadataFormats>"

    def _sets(self, token: str) -> str:
        if token:
            raise OaiError("badResumptionToken", "all sets are told at once")
        sources = [name for name, _ in self._state.catalog.sources()]
        found = sets_of(sources, self._harvests.categories())
        if not found:
            raise OaiError("noSetHierarchy", "there are no papers yet, and so no sets")
        told = "\n".join(
            f"<set>{element('setSpec', spec)}{element('setName', name)}</set>"
            for spec, name in found
        )
        return f"<ListSets>{told}</ListSets>"

    def _record(self, identifier: str, prefix: str) -> str:
        name = name_of(identifier)
        told = self._harvests.find(name) if name else None
        if told is None:
            raise OaiError("idDoesNotExist", "no item here has this identifier")
        form = FORMATS.get(prefix)
        if form is None:
            raise OaiError(
                "cannotDisseminateFormat", f"metadataPrefix: one of {', '.join(FORMATS)} is wanted"
            )
        return f"<GetRecord>{record(told, form)}</GetRecord>"

    def _list(self, verb: str, asked: dict[str, str]) -> str:
        seq = self._state.catalog.seq()
        token = asked.get(TOKEN, "")
        harvests = self._harvests
        place = resumed(token, harvests, seq) if token else begun(asked, harvests, seq)
        told, more = harvests.told(place.after, place.through, place.section(), _PAGE)
        if not told:
            if not token:
                raise OaiError("noRecordsMatch", "nothing here is what was asked for")
            told = self._closing(place)
        form: Format = FORMATS[place.prefix]
        if verb == "ListRecords":
            content = "".join([record(one, form) for one in told])
        else:
            content = "".join([f"{header(one)}\n" for one in told])
        given = place.given + len(told)
        # Something may have changed since they were counted.
        size = max(place.size, given + 1) if more else given
        following = replace(place, after=told[-1].seq, given=given, size=size)
        if not (token or more):
            return f"<{verb}>{content}</{verb}>"
        # An empty token closes a list that had several parts.
        said = escaped(following.token()) if more else ""
        return (
            f'<{verb}>{content}<resumptionToken completeListSize="{size}" cursor="{place.given}">'
            f"{said}</resumptionToken></{verb}>"
        )

    def _closing(self, place: Place) -> list[Told]:
        """What the last part of a list tells where its rest changed meanwhile, and so lies beyond
        its end: the schema wants a record there, and without that part harvesters give up all."""
        # The first of that rest, else one that was told already: neither does harm twice.
        for after, through in ((place.after, 0), (0, place.after)):
            told, _ = self._harvests.told(after, through, place.section(), 1)
            if told:
                return told
        raise OaiError("badResumptionToken", "all of the list is gone; begin without it")


def oai_error(status: int, detail: str) -> Body:
    """What goes wrong before a request is one of the protocol; such is told by HTTP."""
    return Body(f"{detail}\n".encode(), "text/plain; charset=utf-8", status)
