"""A small Zotero server: libraries with versions, as api.zotero.org keeps them."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.sources.hosts import Asked, Reply, as_json

KEY = re.compile(r"[23456789ABCDEFGHIJKLMNPQRSTUVWXYZ]{8}")


class ZoteroHost:
    """One library; web API under ``/users/7``, the program's local one under ``/api/users/0``."""

    def __init__(self) -> None:
        self.version = 1
        self.items: dict[str, dict[str, Any]] = {}
        self.collections: dict[str, dict[str, Any]] = {}
        self.deleted: dict[str, int] = {}
        self.tokens: set[str] = set()
        self.server_id = "one"
        self.backoff = ""
        self.lost_answers = 0
        self.before = lambda asked: None
        self._made = 0

    def new_key(self) -> str:
        self._made += 1
        letters = "23456789ABCDEFGHIJKLMNPQRSTUVWXYZ"
        number, key = self._made * 7919, ""
        for _ in range(8):
            number, place = divmod(number, len(letters))
            key += letters[place]
        return key

    def collect(self, name: str, parent: str = "") -> str:
        key = self.new_key()
        self.version += 1
        data = {"key": key, "name": name, "parentCollection": parent or False}
        self.collections[key] = {"key": key, "version": self.version, "data": data}
        return key

    def put(self, title: str = "", key: str = "", **data: Any) -> str:
        key = key or self.new_key()
        self.version += 1
        known = self.items.get(key, {}).get("data", {})
        said = {"itemType": "preprint", "title": title, "abstractNote": f"What {title} says.",
                "creators": [], "tags": [], "collections": [], "extra": ""}  # fmt: skip
        merged = {**said, **known, **data, "key": key, "version": self.version}
        if title:
            merged["title"] = title
        self.items[key] = {"key": key, "version": self.version, "meta": {}, "data": merged}
        return key

    def remove(self, key: str) -> None:
        self.version += 1
        del self.items[key]
        self.deleted[key] = self.version

    def __call__(self, asked: Asked) -> Reply:
        self.before(asked)
        local = asked.path.startswith("/api/")
        path = asked.path.removeprefix("/api")
        prefix = "/users/0/" if local else "/users/7/"
        keys = (asked.headers.get("zotero-api-key"), asked.headers.get("authorization"))
        if not local and not {"secret", "Bearer secret"} & set(keys):
            return Reply(b"Forbidden", 403)
        if not path.startswith(prefix):
            return Reply(b"Not found", 404)
        what = path.removeprefix(prefix)
        if asked.method == "POST":
            return self._write(what, asked)
        reply = self._read(what, asked, local)
        reply.headers |= {"Last-Modified-Version": str(self.version), "Zotero-API-Version": "3"}
        if local:
            reply.headers["Zotero-Server-ID"] = self.server_id
        if self.backoff:
            reply.headers["Backoff"] = self.backoff
        return reply

    def _read(self, what: str, asked: Asked, local: bool) -> Reply:
        query = asked.query
        since = int(query.get("since", 0))
        if what == "deleted" and not local:
            gone = [key for key, version in self.deleted.items() if version > since]
            return as_json({"collections": [], "items": gone, "searches": [], "tags": []})
        if what not in ("items", "items/top", "collections"):
            return Reply(b"Not found", 404)
        found = list((self.collections if what == "collections" else self.items).values())
        found = [one for one in found if one["version"] > since]
        if what != "collections":
            found = [one for one in found if self._asked_for(one["data"], query)]
        if query.get("format") == "versions":
            return as_json({one["key"]: one["version"] for one in found})
        limit = int(query.get("limit", len(found) if local else 25))
        limit = limit if local else min(limit, 100)
        start = int(query.get("start", 0))
        headers = {"Total-Results": str(len(found))}
        if start + limit < len(found):
            base = f"https://api.zotero.org/users/7/{what}?limit={limit}"
            headers["Link"] = (
                f'<{base}&start={start + limit}>; rel="next", '
                f'<{base}&start=0>; rel="last", <https://www.zotero.org/x>; rel="alternate"'
            )
        reply = as_json(found[start : start + limit])
        reply.headers |= headers
        return reply

    def _asked_for(self, data: dict[str, Any], query: Any) -> bool:
        keys = query.get("itemKey")
        if keys is not None and (len(keys.split(",")) > 50 or data["key"] not in keys.split(",")):
            return False
        kinds = [kind.strip() for kind in query.get("itemType", "").split("||") if kind.strip()]
        if kinds and data["itemType"] not in kinds:
            return False
        return not data.get("deleted") or query.get("includeTrashed") == "1"

    def _write(self, what: str, asked: Asked) -> Reply:
        token = asked.headers.get("zotero-write-token", "")
        if token and token in self.tokens:
            return Reply(b"Write token already used", 412)
        expected = asked.headers.get("if-unmodified-since-version")
        if expected is not None and int(expected) < self.version:
            return Reply(b"Library has been modified", 412)
        objects = json.loads(asked.body)
        if len(objects) > 50:
            return Reply(b"Too many", 413)
        report: dict[str, dict[str, Any]] = {
            name: {} for name in ("successful", "success", "unchanged", "failed")
        }
        kept = self.items if what == "items" else self.collections
        for place, one in enumerate(objects):
            key = one.get("key", "")
            known = kept.get(key)
            if key and not KEY.fullmatch(key):
                problem = {"key": key, "code": 400, "message": f"'{key}' is not a valid key"}
            elif known and known["version"] > one.get("version", -1):
                problem = {"key": key, "code": 412, "message": "Item has been modified"}
            elif what == "items" and one.get("itemType") not in (
                "preprint", "journalArticle", "conferencePaper"
            ):  # fmt: skip
                problem = {"code": 400, "message": "'x' is not a valid itemType"}
            elif what == "items" and len(one["title"]) > 500:
                problem = {"key": key, "code": 413, "message": "'title' is too long"}
            else:
                problem = None
            if problem:
                report["failed"][str(place)] = problem
                continue
            self.version += 1
            key = key or self.new_key()
            data = {**one, "key": key, "version": self.version}
            kept[key] = {"key": key, "version": self.version, "meta": {}, "data": data}
            report["successful"][str(place)] = kept[key]
            report["success"][str(place)] = key
        if token:
            self.tokens.add(token)
        if self.lost_answers:
            self.lost_answers -= 1
            return Reply(b"", 503)
        return as_json(report, Last_Modified_Version=str(self.version))
