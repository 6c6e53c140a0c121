"""Text to sentences, by rules: no model, no dictionary beyond a short list of abbreviations.

Works for scripts with spaces (Latin, Greek, Cyrillic, Arabic, Devanagari) and for Chinese and Japanese, whose full
stops need none. Time grows with the length of the text only.
"""

import re
from itertools import pairwise


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# After these a full stop never ends a sentence: what they belong to follows.
_OPENERS = _words(
    "mr mrs ms dr prof hon rev gen col maj capt lt sgt gov sen rep messrs mme mlle st mt vs no nos nr fig figs "
    "eq eqs sec secs art arts ch chap vol vols pp p para ref refs e.g i.e viz cf ca approx tel z.b d.h bzw vgl "
    "abs hr fr frau sra srta núm pág págs arrêt"
)
# After these it may: it does when a word follows that begins sentences.
_CLOSERS = _words(
    "inc ltd co corp llc plc bros etc al jr sr a.m p.m u.s u.k u.n e.u u.s.a d.c ph.d m.d b.a m.a usw u.a ff "
    "jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun est dept "
    "univ ave blvd rd str"
)
_MONTHS = _words(
    "january february march april may june july august september october november december januar februar märz "
    "mai juni juli oktober dezember"
)
_STARTERS = _words(
    "the a an this that these those it its he she they we you i in on at by for from if when while as after "
    "before under all any each no not our their his her there here however but and or so to upon such with der "
    "die das ein eine es er sie wir im in am le la les un une il elle ils elles nous el los las una en"
)
# What ends a sentence, with the quotes and brackets that close behind it. The second group needs no space after it.
_END = re.compile(r"(?:[.!?…؟۔।]+|(?P<wide>[。！？｡．]+))[\"'”’»」』）)\]]{0,4}")
_GAP = re.compile(r"\n[^\S\n]*\n\s*|\n")
# Who speaks, as transcripts and chats name it, or the label of a form's line.
_SPEAKER = re.compile(r"\s*(?:#\w|[^\W\d_a-z])[\w.'’#-]{0,30}(?: [\w.'’#()-]{1,30}){0,3} ?: ")
_LIST_MARK = re.compile(r"\s*(?:[-–•*▪◦‣]\s|\(?\d{1,3}[.)]\s|\(?[a-z]\)\s)")
_NUMBERED = re.compile(r"\s*\(?(?:\d{1,3}(?:\.\d{1,3}){0,4}|[A-Za-z]|[ivxIVX]{1,5})")
_WORD_BEFORE = re.compile(r"[^\s(\[\"'“‘«]{1,40}$")
_WORD_AFTER = re.compile(r"\s+[(\[\"'“‘«„¿¡]{0,3}(\w{0,40})")


def sentences(text: str) -> list[tuple[int, int]]:
    """Where each sentence starts and ends (half open), in order; white space between them belongs to none.

    A blank line ends a sentence, and so does a line end beside a row of cells, before a list item or before the next
    speaker; other line ends are wrapping. Every other character of the text lies in exactly one sentence. Where a text
    has no capital letters at all, a small letter may begin a sentence.
    """
    found: list[tuple[int, int]] = []
    caseless = not any(character.isupper() for character in text)
    for start, stop in _stretches(text):
        begin = _skip(text, start, stop)
        for match in _END.finditer(text, start, stop):
            if _ends(text, begin, match, stop, caseless=caseless):
                _add(found, text, begin, match.end())
                begin = _skip(text, match.end(), stop)
        _add(found, text, begin, stop)
    return found


def speaker_length(text: str) -> int:
    """How many characters name who speaks, in a text that begins so (`Anna Berg: …`, `#2: …`); 0 in others."""
    found = _SPEAKER.match(text)
    return found.end() if found else 0


def _skip(text: str, start: int, stop: int) -> int:
    while start < stop and text[start].isspace():
        start += 1
    return start


def _add(found: list[tuple[int, int]], text: str, start: int, stop: int) -> None:
    while stop > start and text[stop - 1].isspace():
        stop -= 1
    if start < stop:
        found.append((start, stop))


def _stretches(text: str) -> list[tuple[int, int]]:
    """Parts that no sentence crosses."""
    cuts = [0]
    line = 0
    for gap in _GAP.finditer(text):
        following = text.find("\n", gap.end())
        following = len(text) if following < 0 else following
        if gap.end() - gap.start() > 1 or _parts(text, (line, gap.start()), (gap.end(), following)):
            cuts.append(gap.end())
        line = gap.end()
    cuts.append(len(text))
    return [(start, stop) for start, stop in pairwise(cuts) if stop > start]


def _parts(text: str, before: tuple[int, int], after: tuple[int, int]) -> bool:
    if text.find(" | ", *before) >= 0 or text.find(" | ", *after) >= 0:
        return True
    return _LIST_MARK.match(text, *after) is not None or _SPEAKER.match(text, *after) is not None


def _ends(text: str, begin: int, match: re.Match[str], stop: int, *, caseless: bool) -> bool:
    """Whether the sentence that began at `begin` ends with this punctuation."""
    if match["wide"] or match.end() >= stop:
        return True
    after = _WORD_AFTER.match(text, match.end(), stop)
    if after is None:
        return False  # a decimal point, a domain name, an abbreviation such as "U.S."
    following = after[1]
    if following and following[0].islower() and not caseless:
        return False
    if match[0][0] != ".":
        return True
    return _full_stop_ends(text, begin, match.start(), following)


def _full_stop_ends(text: str, begin: int, stop: int, following: str) -> bool:
    numbered = _NUMBERED.match(text, begin, stop)
    if numbered is not None and numbered.end() == stop:
        return False  # "1. Scope", "(a) ...", "IV. Results": a number before its own sentence
    before = _WORD_BEFORE.search(text, max(begin, stop - 40), stop)
    word = before[0].lower() if before else ""
    follows = following.lower()
    if word in _OPENERS:
        return False
    if word in _CLOSERS or (len(word) == 1 and word.isalpha()):
        return follows in _STARTERS
    # "3. Oktober": an ordinal, as German writes it.
    return not (word.isdigit() and len(word) < 3 and follows in _MONTHS)
