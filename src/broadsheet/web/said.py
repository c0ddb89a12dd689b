"""The quiet line after something was done: what it was, and how to take it back."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote

from markupsafe import Markup

# What a reader may have done -> what the line says.
_WORDS = {
    "upvote": "Voted for",
    "save": "Saved",
    "read": "Marked as read",
    "hide": "Hidden",
    "not_interested": "Not interested",
    "-upvote": "Vote taken back",
    "-save": "No longer saved",
    "-read": "Marked as unread",
    "-hide": "Shown again",
    "-not_interested": "Shown again",
    "follow": "Followed",
    "-follow": "No longer followed",
    "list": "Put on the list",
    "-list": "Taken off the list",
    "rate_up": "Noted: more like this",
    "rate_down": "Noted: less like this",
    "-rate_up": "Taken back",
    "-rate_down": "Taken back",
    "undone": "Undone",
    "nothing": "There is nothing to undo",
    "kept": "Kept",
    "sent": "Sent",
}
REASONS = {
    "topic": "its topic",
    "author": "its authors",
    "seen": "seen it",
    "basic": "too basic",
}
_LONGEST = 3000


@dataclass(frozen=True, slots=True)
class Done:
    """What was done last: ``verb`` (with "-" when it was taken back), and to what.

    ``note`` and ``tags`` (by comma) are what stood beside a paper that was taken off a list.
    """

    verb: str = ""
    what: str = ""
    note: str = ""
    tags: str = ""

    def __str__(self) -> str:
        """The value of a cookie; '' where it would be too long to be kept."""
        # quote() leaves full stops as they are, which stand between the parts here.
        value = ".".join(quote(part, safe="").replace(".", "%2E") for part in self._parts())
        return value if len(value) <= _LONGEST else ""

    def _parts(self) -> tuple[str, ...]:
        return self.verb, self.what, self.note, self.tags

    @staticmethod
    def read(value: str) -> Done:
        """From a cookie; what is not ours counts as nothing."""
        parts = value[:_LONGEST].split(".")
        if len(parts) != 4:
            return Done()
        verb, what, note, tags = map(unquote, parts)
        return Done(verb, what, note, tags) if verb in _WORDS else Done()


def said(done: Done) -> Markup:
    """The line, with what takes it back; empty when nothing was done."""
    if not done.verb:
        return Markup("")
    words = Markup.escape(_WORDS[done.verb])
    if done.note and done.verb in ("kept", "sent"):
        words = Markup.escape(done.note)
    parts = [Markup("<p>{}. ").format(words)]
    if done.verb == "not_interested" and done.note not in REASONS:
        parts.append(Markup('<span class="why-not">Because of '))
        parts += [
            Markup(
                '<button form="act" name="act" value="not_interested {} {}">{}</button> '
            ).format(done.what, code, name)
            for code, name in REASONS.items()
        ]
        parts.append(Markup("</span>"))
    elif done.verb == "not_interested":
        parts.append(Markup("Because of {}. ").format(REASONS[done.note]))
    if done.verb in _WORDS and done.what:
        back = done.verb.removeprefix("-") if done.verb.startswith("-") else f"-{done.verb}"
        parts.append(
            Markup('<button form="act" name="act" value="{} {}" data-undo>Undo</button>').format(
                back, done.what
            )
        )
        if done.verb == "-list":
            # ``was`` names the button they belong to: the form is that of every other one, too.
            kept = (("was", f"list {done.what}"), ("note", done.note), ("tags", done.tags))
            parts += [
                Markup('<input form="act" type="hidden" name="{}" value="{}">').format(name, value)
                for name, value in kept
            ]
    parts.append(Markup("</p>"))
    return Markup("").join(parts)
