"""Spaces that a text lost on its way, put back only where the text leaves no doubt.

Each rule was measured on 368,000 titles and abstracts of arXiv and the ACL Anthology, and what it
changed was sampled by eye; all together change 1.5 % of the abstracts.
"""

from __future__ import annotations

import re

# After a full stop only a word that commonly starts a sentence proves that a space is missing:
# "Node.Js", "arXiv.Org" and "J.Comb.Theory" keep theirs.
_STARTERS = (
    "A|Additionally|Although|An|And|Although|As|At|Based|Because|Besides|Both|But|By|Code|"
    "Consequently|Despite|Due|Each|Empirical|Existing|Experimental|Experiments|Extensive|"
    "Finally|First|Firstly|For|From|Further|Furthermore|Given|Hence|Here|How|However|If|In|"
    "Instead|It|Its|Many|Meanwhile|Moreover|Most|Nevertheless|Next|Notably|Numerical|On|Once|"
    "One|Our|Overall|Previous|Recent|Recently|Results|Second|Secondly|Several|Since|Some|"
    "Specifically|Such|That|The|Then|There|Therefore|These|They|This|Those|Three|Through|Thus|"
    "To|Two|Under|Unlike|Using|We|What|When|Where|Whereas|Which|While|With|Without|You"
)
# Every pattern begins with its mark, which the engine finds fastest, and then looks back.
_STOP = re.compile(rf"[.](?<=[a-z)]{{2}}\.)(?=(?:{_STARTERS})[ ,])")
# Any capitalised word does where a word in small letters follows: then it starts a sentence.
_SENTENCE = re.compile(r"[.](?<=[a-z)]{3}\.)(?=[A-Z][a-z]{2,} [a-z]+ )")
_SENTENCE_END = re.compile(r"(?:\A|[ (–-])[a-z]{3,}\)?\Z")
_QUESTION = re.compile(rf"[?](?<=[a-z)]{{2}}\?)(?=(?:{_STARTERS})[ ,])")
_COMMA = re.compile(
    r",(?<=[a-z]{3},)(?=(?:and|but|the|which|where|we|or|for|with|this|to|in|"
    r"including|such|none|our|these|while|although|however|using|based|as|it|is|are|can|by|from|on|"
    r"at|leading|making|resulting|especially|particularly|thus|so|that|whose|without|allowing|"
    r"enabling|achieving|providing) )"
)
_HOWEVER = re.compile(r",(?<=ver,|ore,|hus,|lly,|nce,)(?=[a-z])")
_OPENERS = (
    "However", "Moreover", "Furthermore", "Therefore", "Thus", "Additionally", "Specifically",
    "Finally", "Hence",
)  # fmt: skip
_ACRONYM = re.compile(r"\((?<=[a-z]{4}\()(?!TM)(?=[A-Z][A-Z0-9-]{1,7}s?\))")
_AFTER_PAREN = re.compile(r"\)(?<=[A-Z]{2}\))(?=[a-z]{2})")
_GLUED_SIZE = re.compile(
    r"\b(GPT-[23]|L[Ll]a[Mm][Aa][- ]?[23])"
    r"(?=(?:0\.\d+|1\.[35]|2\.7|6\.7|13|70|8|175)B\b)"
)
_SPLIT = re.compile(r"- (?<=[A-Za-z]{2}- )(?=[a-z]{2})")
_LETTERS_BEFORE = re.compile(r"(?<![\w-])[A-Za-z]{2,30}\Z")
_LETTERS_AFTER = re.compile(r"[a-z]{2,30}(?![\w-])")
_LONG_WORD = re.compile(r"[a-z]{4,}")
_CONJUNCTIONS = "and or to nor und et versus vs as than but through like in on with"
_SUSPENDED = frozenset(_CONJUNCTIONS.split())


def with_spaces(text: str) -> str:
    """The text with the spaces that were surely lost, and words mended that a line break split."""
    text = _SENTENCE.sub(_after_sentence, _STOP.sub(". ", text))
    if "?" in text:
        text = _QUESTION.sub("? ", text)
    text = _HOWEVER.sub(_after_opener, _COMMA.sub(", ", text))
    if "(" in text:
        text = _AFTER_PAREN.sub(") ", _ACRONYM.sub(" (", text))
    if "GPT-" in text or "lama" in text.lower():
        text = _GLUED_SIZE.sub(r"\1 ", text)
    if "- " in text:
        text = _mended(text)
    return text


def _after_sentence(match: re.Match[str]) -> str:
    # "Node.Js is" and "J.Comb.Theory of" are names.
    before = match.string[max(0, match.start() - 30) : match.start()]
    return ". " if _SENTENCE_END.search(before) else "."


def _after_opener(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - 13) : match.start()]
    return ", " if before.endswith(_OPENERS) else ","


def _mended(text: str) -> str:
    """Joins ``recon- struction`` when the same text also has the word whole."""
    if not _SPLIT.search(text):
        return text
    words = frozenset(_LONG_WORD.findall(text.lower()))

    def join(match: re.Match[str]) -> str:
        before = _LETTERS_BEFORE.search(text, max(0, match.start() - 32), match.start())
        after = _LETTERS_AFTER.match(text, match.end())
        if not before or not after or after[0] in _SUSPENDED:
            return match[0]
        return "" if (before[0] + after[0]).lower() in words else match[0]

    return _SPLIT.sub(join, text)
