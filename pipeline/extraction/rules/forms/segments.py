"""The texts of a form, cut where a key ends within a line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files

from pipeline.extraction.layout.runs import Run
from pipeline.extraction.rules.fields import View
from pipeline.extraction.rules.hits import Span
from pipeline.extraction.rules.tokens import keys
from schemas.evidence import Box

MAX_KEY_WORDS = 9
MAX_KEY = 70
_KEY = re.compile(r"(?:^|(?<=\s))([A-ZÀ-Þ0-9#(%$*•-][^:]{0,69}?|[a-z]{2,3})\s*[:;](?!//|\d\d(?!\d))")
_NEXT_KEY = re.compile(r"\s(?=[A-ZÀ-Þ#][\w#.&/'-]*(?:\s[a-zà-ÿ#][\w#.&/'-]*){0,4}\s?:(?!//|\d\d(?!\d)))")
"""A word in capitals with those in small letters behind it, before a colon."""
_LEADER = re.compile(r"([A-ZÀ-Þ][^:]{0,60}?)\s*(?:[.·…_]{3,}|[-–—]{2,})\s*(?=\w)")
"""A key whose value stands behind a line of dots or dashes."""
_FILLER = re.compile(r"[\s_.…‥·]{3,}|^[\s:_.…-]+(?=\s|\w)|[\s_]+$")
MARKS = "✓✔☑☒√"


@dataclass(eq=False)
class Segment:
    """The characters `start` to `end` of a run; `key` is whether a colon or leader after it says that it is one."""

    run: Run
    start: int
    end: int
    key: bool = False
    value: "Segment | None" = None
    """What stands behind the key in the same run."""

    @cached_property
    def text(self) -> str:
        """Its text."""
        return self.run.text[self.start : self.end].strip()

    @cached_property
    def box(self) -> Box:
        """Around its words."""
        return self.run.box_of(self.start, self.end)

    @property
    def height(self) -> float:
        """Of its words."""
        return max(self.box[3] - self.box[1], 1e-6)

    @property
    def span(self) -> Span:
        """Its place without spaces around it."""
        text = self.run.text[self.start : self.end]
        return (self.run, self.start + len(text) - len(text.lstrip()), self.start + len(text.rstrip()))

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Its words, folded."""
        return keys(self.text)


@lru_cache(maxsize=1)
def key_words() -> frozenset[str]:
    """Words that forms use in keys."""
    text = files("pipeline.extraction.rules.forms").joinpath("keys.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if line[:1] != "#" for word in keys(line) if len(word) > 1)


def segments_of(view: View, run: Run) -> list[Segment]:
    """The parts of a run from left to right."""
    found = list(_with_colons(view, run))
    if found:
        return found
    leader = _LEADER.match(run.text)
    if leader is not None and len(leader[1].split()) <= MAX_KEY_WORDS:
        value = _filled(run, leader.end(), len(run.text))
        return [Segment(run, 0, leader.end(1), key=True, value=value)]
    labelled = _known_label(view, run)
    if labelled is not None:
        return [labelled]
    whole = _filled(run, 0, len(run.text))
    return [whole] if whole is not None else []


def _with_colons(view: View, run: Run) -> Iterator[Segment]:
    text, position, first = run.text, 0, True
    known = [label.start for label in view.labels.in_run(run) if label.colon]
    while match := _KEY.search(text, position):
        key = match[1]
        if len(key.split()) > MAX_KEY_WORDS or len(key) > MAX_KEY or not _could_be_key(key):
            return
        if first and match.start(1) > 0 and (before := _filled(run, 0, match.start(1))):
            yield before
        first = False
        following = _NEXT_KEY.search(text, match.end())
        ends = [start - 1 for start in known if start > match.end()] + ([following.start()] if following else [])
        end = min(ends, default=len(text))
        yield Segment(run, match.start(1), match.end(1), key=True, value=_filled(run, match.end(), end))
        position = end


def _could_be_key(text: str) -> bool:
    """At least two letters, or the sign for a number: a single letter before a colon is misread, or counts a list."""
    return sum(char.isalpha() for char in text) >= 2 or text.strip() == "#"


def _known_label(view: View, run: Run) -> Segment | None:
    """A run that begins with a label of the lexicon, or with words of keys, and goes on with what was filled in."""
    end = _key_words_end(run.text)
    for label in view.labels.in_run(run):
        if label.start == 0 and label.leads and not label.weak:
            end = max(end, label.end)
    rest = run.text[end:].strip()
    if not end or not rest or not _looks_filled(run.text[:end], rest):
        return None
    value = _filled(run, end, len(run.text))
    return Segment(run, 0, end, key=True, value=value) if value is not None else None


def _key_words_end(text: str) -> int:
    """Where the words of keys end that a text begins with, as in "JOB NO. 7559"."""
    end = 0
    for word in re.finditer(r"\S+", text):
        plain = keys(word.group())
        if not plain or not key_words().issuperset(plain):
            break
        end = word.end()
    return end


def _looks_filled(key: str, rest: str) -> bool:
    """Whether a text behind a key may be its value: a number, or words written otherwise than the key."""
    first = rest.split(maxsplit=1)[0]
    if any(char.isdigit() for char in first) or first[0] in "$€£\"'#" + MARKS:
        return True
    letters = [char for char in key if char.isalpha()]
    capitals = all(char.isupper() for char in letters)
    if not capitals:
        return len(first) > 1 and first.strip(".,").isupper()
    return len(letters) > 2 and first[0].isupper() and any(char.islower() for char in rest)


def _filled(run: Run, start: int, end: int) -> Segment | None:
    """The text between, without lines of dots and underscores around it; `None` where nothing was filled in."""
    text = run.text[start:end]
    bare = _FILLER.sub(" ", text).strip()
    if not any(char.isalnum() or char in MARKS for char in bare):
        return None
    opening = "([$€£+\"'#" + MARKS
    first = start + next(i for i, char in enumerate(text) if char.isalnum() or char in opening)
    if first > start and run.text[first - 1] in "-−+" and run.text[first].isdigit():
        first -= 1
    last = first + len(run.text[first:end].rstrip(" _.…"))
    return Segment(run, first, last) if first < last else None
