"""The server: what is asked, what stands today, what goes wrong."""

from __future__ import annotations

import gzip
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import format_datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape, quoteattr

from broadsheet.sources import RemoteSettings

from . import pages
from .archive import Announcement, Archive, Submission, in_set
from .faults import (
    Bomb,
    Broken,
    BrokenRecord,
    Cut,
    EmptyPage,
    ExpireTokens,
    Fault,
    Missing,
    Redirect,
    Refuse,
    Slow,
    Stale,
    Truncated,
)

_STANDING = (Stale, Missing)
_PREFIXES = ("arXiv", "arXivRaw", "oai_dc")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came: when (by the server's clock), of which interface, and the answer."""

    at: float
    interface: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    status: int


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    body: bytes
    type: str
    headers: dict[str, str]


class Upstream:
    """See the package. ``page`` is the number of OAI records a page."""

    def __init__(
        self,
        archive: Archive,
        *,
        page: int = 50,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.archive, self.page, self.clock = archive, page, clock
        self.today = archive.days[-1] if archive.days else ""
        self.requests: list[Asked] = []
        self.most_at_once = 0
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._at_once = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def origin(self) -> str:
        """``127.0.0.1:PORT``."""
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def private(self) -> frozenset[str]:
        """What a client must be allowed."""
        return frozenset((self.origin,))

    def addresses(self) -> dict[str, str]:
        """Base addresses by source, as settings take them."""
        base = f"http://{self.origin}"
        return {
            "arxiv": f"{base}/oai",
            "arxiv-api": f"{base}/api/query",
            "arxiv-rss": base,
            "arxiv-atom": base,
        }

    def settings(self) -> RemoteSettings:
        """What makes sources ask here."""
        return RemoteSettings(self.addresses())

    def fail(self, *faults: Fault) -> None:
        """Adds faults; see the package."""
        with self._lock:
            self._faults += faults

    def heal(self) -> None:
        """Takes all faults away."""
        with self._lock:
            self._faults.clear()

    def closest(self) -> float:
        """The shortest time between two requests; infinite for fewer than two."""
        times = [one.at for one in self.requests]
        return min((b - a for a, b in pairwise(times)), default=float("inf"))

    def truth(self, name: str) -> dict[str, dict[str, str]]:
        """What was announced up to today in a set: day -> id with version -> kind."""
        found: dict[str, dict[str, str]] = {}
        for one in self.archive.announcements:
            if one.day <= self.today and in_set(one.paper.categories, name):
                identity = f"{one.paper.id}v{one.paper.version}"
                kind = one.kind if one.kind == "deleted" else pages.announced_kind(one, [name])
                found.setdefault(one.day, {})[identity] = kind
        return found

    def standing(self, name: str) -> dict[str, Submission]:
        """The papers of a set as they stand today, by id; what was deleted is not among them."""
        return {
            identity: one.paper
            for identity, one in self.archive.standing(self.today).items()
            if one.kind != "deleted" and in_set(one.paper.categories, name)
        }

    # What goes wrong.

    def _fault(self, interface: str, kinds: type[Fault] | tuple[type[Fault], ...]) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                fits = fault.interface in ("", interface) and isinstance(fault, kinds)
                if fits and fault.times:
                    fault.times -= fault.times > 0
                    return fault
        return None

    def _missing(self, interface: str, one: Announcement) -> bool:
        return any(
            isinstance(fault, Missing)
            and fault.interface in ("", interface)
            and one.paper.id in fault.ids
            and fault.day in ("", one.day)
            for fault in self._faults
        )

    # What is answered.

    def reply(self, path: str, query: dict[str, str], headers: dict[str, str]) -> _Reply:
        """The answer to a request, faults of the transport aside."""
        if path.startswith("/oai"):
            return self._oai(query)
        if path == "/api/query":
            return self._api(query)
        for form in ("rss", "atom"):
            if path.startswith(f"/{form}/"):
                return self._feed(form, unquote(path[len(form) + 2 :]), headers)
        return _Reply(404, b"nothing here", "text/plain", {})

    def _oai(self, query: dict[str, str]) -> _Reply:
        request = " ".join(f"{name}={quoteattr(value)}" for name, value in query.items())
        body = self._verb(query)
        text = pages.oai_envelope(request, "http://oaipmh.arxiv.org/oai", body, self._now())
        return _Reply(200, text.encode(), "text/xml; charset=utf-8", {})

    def _verb(self, query: dict[str, str]) -> str:
        if query.get("verb") != "ListRecords":
            return pages.oai_error("badVerb", "only ListRecords is served here")
        if "resumptionToken" in query:
            if self._fault("oai", ExpireTokens):
                return pages.oai_error("badResumptionToken", "the token has expired")
            try:
                asked = json.loads(query["resumptionToken"])
            except ValueError:
                return pages.oai_error("badResumptionToken", "no such token")
        else:
            asked = {"offset": 0, **query}
        prefix = asked.get("metadataPrefix", "")
        if prefix not in _PREFIXES:
            return pages.oai_error("cannotDisseminateFormat", "no such metadataPrefix")
        days = [asked.get(name, "") for name in ("from", "until")]
        if any(day and not _DAY.fullmatch(day) for day in days):
            return pages.oai_error("badArgument", "from and until are days")
        return self._records(asked, prefix, days[0], days[1] or "9999")

    def _records(self, asked: dict[str, object], prefix: str, first: str, last: str) -> str:
        name = pages.category_of(str(asked.get("set") or ""))
        every = [
            one
            for one in self.archive.standing(self.today).values()
            if first <= one.day <= last
            and (not name or in_set(one.paper.categories, name) or name == "physics")
            and not self._missing("oai", one)
        ]
        if not every:
            return pages.oai_error("noRecordsMatch", "nothing changed in these days")
        start = int(str(asked["offset"]))
        some = every[start : start + self.page]
        versions: dict[str, list[Submission]] = {one.paper.id: [] for one in some}
        for one in self.archive.announcements:
            if one.paper.id in versions and one.day <= self.today and one.kind != "deleted":
                versions[one.paper.id].append(one.paper)
        records = "".join(pages.oai_record(one, prefix, versions[one.paper.id]) for one in some)
        token = ""
        if start + self.page < len(every):
            kept = {key: asked[key] for key in ("set", "from", "until") if key in asked}
            token = json.dumps({"metadataPrefix": prefix, "offset": start + self.page, **kept})
        tail = (
            f'<resumptionToken cursor="{start}" completeListSize="{len(every)}">'
            f"{escape(token)}</resumptionToken>"
        )
        whole = start == 0 and not token
        return f"<ListRecords>\n{records}{'' if whole else tail}</ListRecords>"

    def _api(self, query: dict[str, str]) -> _Reply:
        start, count = (query.get(name, "") for name in ("start", "max_results"))
        first, most = int(start or 0), int(count or 10)
        if first + most > 30_000 or most > 2_000:
            return _Reply(400, pages.api_error("at most 30000 results").encode(), _ATOM, {})
        papers = self._found(query)
        if papers is None:
            return _Reply(400, pages.api_error("incorrect id format").encode(), _ATOM, {})
        some = papers[first : first + most]
        if self._fault("api", EmptyPage):
            some = []
        text = pages.api_feed(some, len(papers), first, most, self._now())
        return _Reply(200, text.encode(), _ATOM, {})

    def _found(self, query: dict[str, str]) -> list[Submission] | None:
        standing = [
            one.paper
            for one in self.archive.standing(self.today).values()
            if one.kind != "deleted" and not self._missing("api", one)
        ]
        if query.get("id_list"):
            by_id = {paper.id: paper for paper in standing}
            asked = query["id_list"].split(",")
            if any(not re.fullmatch(r"[\w.-]+(?:/\d{7})?(?:v\d+)?", one) for one in asked):
                return None
            found = [by_id.get(re.sub(r"v\d+$", "", one)) for one in asked]
            return [paper for paper in found if paper is not None]
        search = query.get("search_query", "")
        sets = [name.removesuffix(".*") for name in re.findall(r"cat:([\w.*-]+)", search)]
        if sets:
            standing = [p for p in standing if any(in_set(p.categories, name) for name in sets)]
        window = re.search(r"submittedDate:\[(\d+) TO (\d+)\]", search)
        if window:
            first, last = (stamp.ljust(14, end) for stamp, end in zip(window.groups(), "09"))  # noqa: B905
            standing = [p for p in standing if first <= f"{p.submitted:%Y%m%d%H%M%S}" <= last]
        return sorted(standing, key=lambda paper: (paper.submitted, paper.id))

    def _feed(self, form: str, name: str, headers: dict[str, str]) -> _Reply:
        sets = name.split("+")
        day = self.archive.last_day(self.today)
        shown = self.today if self.today and date.fromisoformat(self.today).weekday() < 5 else day
        if not day:
            return _Reply(404, b"no announcement yet", "text/plain", {})
        batch_day = day
        if any(
            isinstance(fault, Stale) and fault.day == shown and fault.interface in ("", form)
            for fault in self._faults
        ):
            batch_day = self.archive.day_before(shown)
        elif shown != day:
            batch_day = ""  # a holiday: a feed of its date without items
        batch = [
            one
            for one in self.archive.by_day.get(batch_day, ())
            if one.kind != "deleted"
            and any(in_set(one.paper.categories, part) for part in sets)
            and not self._missing(form, one)
        ][:2000]
        make = pages.rss_feed if form == "rss" else pages.atom_feed
        body = make(batch, sets, shown).encode()
        tag = f'"{sha256(body).hexdigest()[:16]}"'
        kind = f"application/{form}+xml; charset=utf-8"
        if headers.get("if-none-match") == tag:
            return _Reply(304, b"", kind, {"ETag": tag})
        return _Reply(200, body, kind, {"ETag": tag})

    def _now(self) -> str:
        return f"{self.today or '2026-01-01'}T02:30:00Z"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                with upstream._lock:
                    upstream._at_once += 1
                    upstream.most_at_once = max(upstream.most_at_once, upstream._at_once)
                try:
                    upstream._serve(self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True
                finally:
                    with upstream._lock:
                        upstream._at_once -= 1

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                del format, args

        return Handler

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        at = self.clock()
        parts = urlsplit(handler.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        interface = parts.path.strip("/").split("/")[0]
        kinds = (Refuse, Broken, BrokenRecord, Truncated, Cut, Slow, Redirect, Bomb)
        fault = self._fault(interface, kinds)
        reply = _spoiled(self.reply(parts.path, query, headers), fault)
        status = 0 if isinstance(fault, Cut) else reply.status
        with self._lock:
            self.requests.append(Asked(at, interface, parts.path, query, headers, status))
        if isinstance(fault, Cut):
            handler.close_connection = True
            return
        handler.send_response(reply.status)
        packed = reply.headers.get("Content-Encoding") or status == 304
        body = reply.body
        if not packed and "gzip" in headers.get("accept-encoding", "") and len(body) > 500:
            body = gzip.compress(body, compresslevel=1)
            handler.send_header("Content-Encoding", "gzip")
        for name, value in {"Content-Type": reply.type, **reply.headers}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if isinstance(fault, Truncated):
            handler.wfile.write(body[: len(body) // 2])
            handler.close_connection = True
        elif isinstance(fault, Slow):
            for place in range(len(body)):
                handler.wfile.write(body[place : place + 1])
                handler.wfile.flush()
                time.sleep(fault.pause)
        else:
            handler.wfile.write(body)


_ATOM = "application/atom+xml; charset=utf-8"


def _spoiled(reply: _Reply, fault: Fault | None) -> _Reply:
    match fault:
        case Refuse():
            headers: dict[str, str] = {}
            if fault.retry_after is not None:
                moment = datetime.fromtimestamp(time.time() + fault.retry_after, UTC)
                dated = format_datetime(moment, usegmt=True)
                headers["Retry-After"] = dated if fault.as_date else f"{fault.retry_after:.0f}"
            return _Reply(fault.status, b"busy", "text/plain", headers)
        case Redirect():
            return _Reply(302, b"", "text/plain", {"Location": fault.to})
        case Broken():
            return _Reply(reply.status, reply.body[: -len(reply.body) // 3], reply.type, {})
        case BrokenRecord():
            return _Reply(reply.status, _with_bad_record(reply.body, fault), reply.type, {})
        case Bomb():
            body = gzip.compress(b" " * fault.size, compresslevel=9)
            return _Reply(200, body, reply.type, {"Content-Encoding": "gzip"})
        case _:
            return reply


def _with_bad_record(body: bytes, fault: BrokenRecord) -> bytes:
    for tag in (b"record", b"item", b"entry"):
        starts = [found.end() for found in re.finditer(b"<" + tag + b">", body)]
        if starts:
            at = starts[min(fault.place, len(starts) - 1)]
            if fault.id:
                named = body.find(fault.id.encode())
                if named < 0:
                    return body
                at = max(start for start in starts if start <= named)
            return body[:at] + b"<unclosed>" + body[at:]
    return body
