"""The documents that arXiv's interfaces answer with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr
from zoneinfo import ZoneInfo

from .archive import Announcement, Submission, in_set, kind_in

NEW_YORK = ZoneInfo("America/New_York")
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_OAI_HEAD = (
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation='
    '"http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">'
)
_PHYSICS = ("astro-ph", "cond-mat", "hep-th", "hep-ph", "quant-ph", "physics", "math-ph", "gr-qc")


def _tag(name: str, text: str, attributes: str = "") -> str:
    return f"<{name}{attributes}>{escape(text)}</{name}>" if text else ""


def oai_set(category: str) -> str:
    """A category as a set: ``cs:cs:AI``, ``physics:hep-th``."""
    archive, _, subject = category.partition(".")
    group = "physics" if archive in _PHYSICS else archive
    return f"{group}:{archive}:{subject}" if subject else f"{group}:{archive}"


def category_of(spec: str) -> str:
    """The category (or archive) of a set."""
    parts = spec.split(":")
    if len(parts) == 1:
        return parts[0]
    return ".".join(parts[1:])


def oai_envelope(request: str, base: str, body: str, built: str) -> str:
    """An OAI-PMH answer."""
    return (
        f"{_DECLARATION}{_OAI_HEAD}\n<responseDate>{built}</responseDate>\n"
        f"<request {request}>{escape(base)}</request>\n{body}\n</OAI-PMH>\n"
    )


def oai_error(code: str, text: str) -> str:
    """An error element."""
    return f"<error code={quoteattr(code)}>{escape(text)}</error>"


def oai_record(one: Announcement, prefix: str, versions: Sequence[Submission]) -> str:
    """A ``<record>`` in one of the three formats."""
    paper = one.paper
    status = ' status="deleted"' if one.kind == "deleted" else ""
    specs = "".join(_tag("setSpec", oai_set(category)) for category in paper.categories)
    header = (
        f"<header{status}><identifier>oai:arXiv.org:{paper.id}</identifier>"
        f"<datestamp>{one.day}</datestamp>{specs}</header>"
    )
    if one.kind == "deleted":
        return f"<record>{header}</record>\n"
    body = {"arXiv": _arxiv, "arXivRaw": _raw, "oai_dc": _dublin_core}[prefix](paper, versions)
    return f"<record>{header}<metadata>{body}</metadata></record>\n"


def _arxiv(paper: Submission, _versions: Sequence[Submission]) -> str:
    authors = "".join(
        f"<author>{_tag('keyname', family)}{_tag('forenames', given)}"
        f"{_tag('affiliation', place)}</author>"
        for given, family, place in paper.authors
    )
    updated = f"{paper.revised:%Y-%m-%d}" if paper.version > 1 else ""
    return (
        '<arXiv xmlns="http://arxiv.org/OAI/arXiv/" '
        'xsi:schemaLocation="http://arxiv.org/OAI/arXiv/ http://arxiv.org/OAI/arXiv.xsd">'
        f"<id>{paper.id}</id><created>{paper.submitted:%Y-%m-%d}</created>"
        f"{_tag('updated', updated)}<authors>{authors}</authors>{_tag('title', paper.title)}"
        f"{_tag('categories', ' '.join(paper.categories))}{_tag('comments', paper.comment)}"
        f"{_tag('journal-ref', paper.journal_ref)}{_tag('doi', paper.doi)}"
        f"{_tag('license', paper.license)}<abstract>  {escape(paper.abstract)}\n</abstract></arXiv>"
    )


def _raw(paper: Submission, versions: Sequence[Submission]) -> str:
    history = "".join(
        f'<version version="v{one.version}"><date>{format_datetime(one.revised, usegmt=True)}'
        f"</date><size>25kb</size>{_tag('source_type', 'I' if _withdrawn(one) else 'D')}</version>"
        for one in versions
    )
    authors = ", ".join(f"{given} {family}".strip() for given, family, _ in paper.authors)
    return (
        '<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/">'
        f"<id>{paper.id}</id><submitter>A. Person</submitter>{history}{_tag('title', paper.title)}"
        f"{_tag('authors', authors)}{_tag('categories', ' '.join(paper.categories))}"
        f"{_tag('comments', paper.comment)}{_tag('doi', paper.doi)}{_tag('license', paper.license)}"
        f"<abstract>  {escape(paper.abstract)}\n</abstract></arXivRaw>"
    )


def _withdrawn(paper: Submission) -> bool:
    return "withdrawn" in paper.comment


def _dublin_core(paper: Submission, versions: Sequence[Submission]) -> str:
    creators = "".join(
        _tag("dc:creator", f"{family}, {given}" if given else family)
        for given, family, _ in paper.authors
    )
    days = [f"{one.revised:%Y-%m-%d}" for one in versions]
    dates = "".join(_tag("dc:date", day) for day in dict.fromkeys(days))
    comment = _tag("dc:description", paper.comment)
    return (
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"{_tag('dc:title', paper.title)}{creators}{_tag('dc:subject', 'Computer Science')}"
        f"{_tag('dc:description', paper.abstract)}{comment}{dates}<dc:type>text</dc:type>"
        f"<dc:identifier>http://arxiv.org/abs/{paper.id}</dc:identifier>"
        f"{_tag('dc:identifier', f'doi:{paper.doi}' if paper.doi else '')}</oai_dc:dc>"
    )


def api_feed(papers: Iterable[Submission], total: int, start: int, asked: int, now: str) -> str:
    """A page of the query API."""
    entries = "".join(map(_api_entry, papers))
    return (
        f'{_DECLARATION}<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f'<title type="html">ArXiv Query</title><id>http://arxiv.org/api/x</id>'
        f"<updated>{now}</updated>"
        '<opensearch:totalResults xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">'
        f"{total}</opensearch:totalResults>"
        '<opensearch:startIndex xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">'
        f"{start}</opensearch:startIndex>"
        '<opensearch:itemsPerPage xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">'
        f"{asked}</opensearch:itemsPerPage>\n{entries}</feed>\n"
    )


def api_error(text: str) -> str:
    """What the query API says with status 400."""
    return (
        f'{_DECLARATION}<feed xmlns="http://www.w3.org/2005/Atom">'
        '<opensearch:totalResults xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">1'
        "</opensearch:totalResults><entry><id>http://arxiv.org/api/errors#x</id>"
        f"<title>Error</title><summary>{escape(text)}</summary></entry></feed>\n"
    )


def _api_entry(paper: Submission) -> str:
    space = ' xmlns:arxiv="http://arxiv.org/schemas/atom"'
    authors = "".join(
        f"<author>{_tag('name', f'{given} {family}'.strip())}"
        f"{_tag('arxiv:affiliation', place, space)}</author>"
        for given, family, place in paper.authors
    )
    scheme = ' scheme="http://arxiv.org/schemas/atom"'
    categories = "".join(f'<category term="{one}"{scheme}/>' for one in paper.categories)
    name = f"{paper.id}v{paper.version}"
    return (
        f"<entry><id>http://arxiv.org/abs/{name}</id><updated>{_utc(paper.revised)}</updated>"
        f"<published>{_utc(paper.submitted)}</published>{_tag('title', paper.title)}"
        f"<summary>  {escape(paper.abstract)}\n</summary>{authors}"
        f"{_tag('arxiv:comment', paper.comment, space)}"
        f"{_tag('arxiv:journal_ref', paper.journal_ref, space)}"
        f"{_tag('arxiv:doi', paper.doi, space)}"
        f'<link href="http://arxiv.org/abs/{name}" rel="alternate" type="text/html"/>'
        f'<link title="pdf" href="http://arxiv.org/pdf/{name}" rel="related" '
        'type="application/pdf"/>'
        f'<arxiv:primary_category{space} term="{paper.categories[0]}"{scheme}/>{categories}'
        "</entry>\n"
    )


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def announced_kind(one: Announcement, sets: Sequence[str]) -> str:
    """How a feed of several sets announces a paper: as own if it is of any of them."""
    kinds = [kind_in(one, name) for name in sets if in_set(one.paper.categories, name)]
    return min(kinds, key=len)


def rss_feed(batch: Iterable[Announcement], sets: Sequence[str], day: str) -> str:
    """A day's announcement as RSS."""
    midnight = datetime.combine(date.fromisoformat(day), time(), NEW_YORK)
    stamp = format_datetime(midnight)
    built = format_datetime(midnight.astimezone(UTC).replace(second=9))
    name = "+".join(sets)
    items = "".join(_rss_item(one, sets, stamp) for one in batch)
    return (
        f'{_DECLARATION}<rss xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom" '
        f'version="2.0">\n<channel><title>{name} updates on arXiv.org</title>'
        f"<link>http://rss.arxiv.org/rss/{name}</link>"
        f"<description>{name} updates on the arXiv.org e-print archive.</description>"
        "<docs>http://www.rssboard.org/rss-specification</docs><language>en-us</language>"
        f"<lastBuildDate>{built}</lastBuildDate>"
        f"<managingEditor>rss-help@arxiv.org</managingEditor><pubDate>{stamp}</pubDate>"
        "<skipDays><day>Sunday</day><day>Saturday</day></skipDays>\n"
        f"{items}</channel></rss>\n"
    )


def _summary(one: Announcement, kind: str) -> str:
    paper = one.paper
    return escape(
        f"arXiv:{paper.id}v{paper.version} Announce Type: {kind} \nAbstract: {paper.abstract}"
    )


def _creators(paper: Submission) -> str:
    return ", ".join(
        f"{given} {family}".strip() + (f" ({place})" if place else "")
        for given, family, place in paper.authors
    )


def _rss_item(one: Announcement, sets: Sequence[str], stamp: str) -> str:
    paper, kind = one.paper, announced_kind(one, sets)
    categories = "".join(_tag("category", name) for name in paper.categories)
    return (
        f"<item>{_tag('title', paper.title)}<link>https://arxiv.org/abs/{paper.id}</link>"
        f"<description>{_summary(one, kind)}</description>"
        f'<guid isPermaLink="false">oai:arXiv.org:{paper.id}v{paper.version}</guid>{categories}'
        f"<pubDate>{stamp}</pubDate><arxiv:announce_type>{kind}</arxiv:announce_type>"
        f"<dc:rights>{paper.license}</dc:rights>{_tag('dc:creator', _creators(paper))}"
        f"{_tag('arxiv:DOI', paper.doi)}{_tag('arxiv:journal_reference', paper.journal_ref)}"
        "</item>\n"
    )


def atom_feed(batch: Iterable[Announcement], sets: Sequence[str], day: str) -> str:
    """A day's announcement as Atom."""
    midnight = datetime.combine(date.fromisoformat(day), time(), NEW_YORK)
    name = "+".join(sets)
    entries = "".join(_atom_entry(one, sets, midnight.isoformat()) for one in batch)
    return (
        f'{_DECLARATION}<feed xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns="http://www.w3.org/2005/Atom" '
        f'xml:lang="en-us">\n<id>http://rss.arxiv.org/atom/{name}</id>'
        f"<title>{name} updates on arXiv.org</title>"
        f"<updated>{midnight.astimezone(UTC).isoformat()}</updated>\n{entries}</feed>\n"
    )


def _atom_entry(one: Announcement, sets: Sequence[str], stamp: str) -> str:
    paper, kind = one.paper, announced_kind(one, sets)
    categories = "".join(f"<category term={quoteattr(name)}/>" for name in paper.categories)
    return (
        f"<entry><id>oai:arXiv.org:{paper.id}v{paper.version}</id>{_tag('title', paper.title)}"
        f"<updated>{stamp}</updated>"
        f'<link href="https://arxiv.org/abs/{paper.id}" rel="alternate" type="text/html"/>'
        f"<summary>{_summary(one, kind)}</summary>{categories}<published>{stamp}</published>"
        f"<arxiv:announce_type>{kind}</arxiv:announce_type><dc:rights>{paper.license}</dc:rights>"
        f"{_tag('dc:creator', _creators(paper))}{_tag('arxiv:DOI', paper.doi)}"
        f"{_tag('arxiv:journal_reference', paper.journal_ref)}</entry>\n"
    )
