"""Dates, terms and laws of a contract, found by the sentences that state them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib.resources import files

from pipeline.extraction.candidates import Candidate
from pipeline.extraction.flow import Flow
from pipeline.extraction.rules.readings import MAX_TEXT
from pipeline.extraction.rules.targets import Target
from pipeline.extraction.values.dates import find_dates
from pipeline.extraction.values.durations import FoundDuration, find_durations
from pipeline.extraction.values.locale import Locale

HEAD = 5_000
"""Characters from the beginning in which a contract is dated."""
CONTEXT = 220
"""Characters around a value that speak for what it is."""
LEAST_TERM, LEAST_NOTICE = 0.5, 0.3
"""Least scores. Contracts are full of durations: one that little speaks for is the term of something else."""

_DATED = (
    (re.compile(r"(?:effective|commencement)\s+date\W{0,4}(?:means|is|shall\s+be)?\W*(?:the\s+)?$"), 1.0),
    (
        re.compile(r"(?:effective\s+(?:date|as\s+of)|with\s+effect\s+from|commenc\w+\s+on)\W{0,12}(?:is\s+|of\s+)?$"),
        0.92,
    ),
    (
        re.compile(
            r"(?:made|entered\s+into|executed|dated|effective|agreement|letter|delivered)\W[^.]{0,60}?"
            r"\bas\s+of\W{0,6}(?:the\s+|this\s+)?$"
        ),
        0.9,
    ),
    (re.compile(r"(?:made|entered\s+into|executed|dated|signed)\b[^.]{0,50}\b(?:on|this|the|day)?\W{0,6}$"), 0.82),
    (
        re.compile(
            r"\b(?:as\s+of|dated(?:\s+as\s+of)?|this|on\s+this|le|am|vom|den|op|el|il|fait\s+le)\W{0,6}(?:the\s+|this\s+)?$"
        ),
        0.7,
    ),
)  # fmt: skip
_OTHER_PAPER = re.compile(
    r"(?:order|act|plan|lease|purchase\s+agreement|merger\s+agreement|letter)\W+dated(?:\s+as\s+of)?\W*$"
)

_LASTING = re.compile(
    r"expire|terminat|continue\s+in|remain\s+in|full\s+force|in\s+effect|\bterm\b|laufzeit|dauer|duree|duracion|durata|looptijd|"
    r"geschlossen|conclu\s+pour|surviv"
)
_OF_AGREEMENT = re.compile(
    r"(?:this|the)\s+(?:letter\s+)?(?:agreement|contract)|obligations|hereof|hereunder|effective\s+date|vertrag|contrat|contrato|contratto|overeenkomst"
)
_FROM_DATE = re.compile(
    r"(?:from|after|following|of)\s+(?:the\s+)?(?:date\s+(?:hereof|of\s+this)|effective\s+date|date\s+(?:first|set|on\s+which))"
)
_SOMETHING_ELSE = re.compile(
    r"notice|solicit|hire|employ|business\s+days|prior\s+to|previous|preceding|within|interest|payment|standstill|records|statute|warranty|age\b|kundigung|preavis|preaviso"
)
_NOTICE = re.compile(r"notice|kundigungsfrist|frist|preavis|preaviso|opzegtermijn|preavviso")

_SENTENCE_END = re.compile(r"\.\s+(?=this|each|the|any|either|no)|\n")
_LAW = re.compile(
    r"\b(?:laws?|recht|droit|ley|leyes|legge|leggi|wet)\s+(?:of|der|des|de|du|della|del|van|di)\s+(?:(?:the|la|las|los|l')\s*)?"
    r"(?:(?:internal|substantive)\s+laws\s+of\s+(?:the\s+)?)?(?:(?:state|commonwealth|province|republic|kingdom|bundesrepublik|republique|republica|reino)\s+(?:of|de|of\s+the)?\s*(?:the\s+)?)?"
)
_NAMED_LAW = re.compile(
    r"\b(deutsche[sm]?|schweizer(?:isches|ischem)?|osterreichische[sm]?)\s+recht|\bdroit\s+(francais|belge|suisse|luxembourgeois)|"
    r"\b(nederlands|belgisch)\s+recht|\bley(?:es)?\s+(espanolas?)|\b(?:legge|diritto)\s+(italian[ao])"
)
_GOVERNED = re.compile(
    r"govern|constru|interpret|enforc|applies|applicable|unterlieg|gilt|regi\s+par|soumis|toepassing|beheerst|regira|regido|regolat|disciplinat"
)
_NATIONAL = re.compile(r"\b([a-z][a-z ]{2,24}?)\s+law\s+(?:shall\s+|will\s+)?(?:govern|appl)")


@dataclass(frozen=True, slots=True)
class _Clauses:
    """Makes the candidates of one rule."""

    flow: Flow
    target: Target
    source: str

    def candidate(self, start: int, end: int, value: str, score: float) -> list[Candidate]:
        """One candidate, or none where the leaf cannot hold the value."""
        fitting = self.target.fit(" ".join(value.split())[:MAX_TEXT])
        if fitting is None:
            return []
        places = partial(self.flow.evidence, start, end)
        return [Candidate(value=fitting, score=min(score, 0.95), source=self.source, places=places)]


@lru_cache(maxsize=1)
def _places() -> re.Pattern[str]:
    names = files("pipeline.extraction.rules").joinpath("places.txt").read_text(encoding="utf-8").split("\n")
    ordered = sorted((name.strip() for name in names if name.strip()), key=len, reverse=True)
    return re.compile(r"(?:" + "|".join(re.escape(name) for name in ordered) + r")(?![\w-])", re.IGNORECASE)


def effective_dates(flow: Flow, target: Target, locale: Locale) -> list[Candidate]:
    """Dates that the beginning gives the contract; the first date counts a little whatever stands before it."""
    head = flow.text[:HEAD]
    found = find_dates(head, locale.order)
    clauses, candidates = _Clauses(flow, target, "dated"), []
    for rank, date in enumerate(found):
        before = flow.folded[max(0, date.start - 110) : date.start]
        score = next((score for pattern, score in _DATED if pattern.search(before)), 0.0)
        if _OTHER_PAPER.search(before) and rank > 0:
            score = 0.0
        score = max(score - 0.06 * rank, 0.5 - 0.12 * rank if date.start < 1_500 else 0.0)
        if score > 0.05:
            candidates += clauses.candidate(date.start, date.end, date.iso, score)
    return candidates


def terms(flow: Flow, target: Target) -> list[Candidate]:
    """Durations in sentences on how long the contract holds."""
    return _durations(_Clauses(flow, target, "term"), _term_score, LEAST_TERM)


def notice_periods(flow: Flow, target: Target) -> list[Candidate]:
    """Durations of notice."""
    return _durations(_Clauses(flow, target, "notice"), _notice_score, LEAST_NOTICE)


def _durations(
    clauses: _Clauses, score_of: Callable[[str, str, FoundDuration], float], least: float
) -> list[Candidate]:
    candidates: list[Candidate] = []
    folded = clauses.flow.folded
    for duration in find_durations(clauses.flow.text):
        before = folded[max(0, duration.start - CONTEXT) : duration.start].rsplit(". ", 1)[-1]
        after = folded[duration.end : duration.end + CONTEXT].split(". ", 1)[0]
        score = score_of(before, after, duration)
        if score > least:
            candidates += clauses.candidate(duration.start, duration.end, duration.text, score)
    return candidates


def _term_score(before: str, after: str, duration: FoundDuration) -> float:
    score = 0.1 + 0.3 * bool(_LASTING.search(before)) + 0.12 * bool(_LASTING.search(after[:60]))
    score += 0.16 * bool(_OF_AGREEMENT.search(before)) + 0.22 * bool(_FROM_DATE.search(after[:70]))
    score -= 0.3 * bool(_SOMETHING_ELSE.search(before[-90:])) + 0.25 * bool(_SOMETHING_ELSE.search(after[:40]))
    return score - 0.3 * (duration.unit in ("day", "week"))


def _notice_score(before: str, after: str, duration: FoundDuration) -> float:
    near = _NOTICE.search(after[:45]) or _NOTICE.search(before[-45:])
    ends = _LASTING.search(before) or _LASTING.search(after)
    return (0.55 if near else 0.0) + (0.2 if near and ends else 0.0) - 0.1 * (duration.unit == "year")


def governing_laws(flow: Flow, target: Target) -> list[Candidate]:
    """States and countries whose law is said to govern."""
    clauses, candidates = _Clauses(flow, target, "governing-law"), []
    for match in _LAW.finditer(flow.folded):
        place = _places().match(flow.text, match.end())
        if place is not None:
            before = flow.folded[max(0, match.start() - CONTEXT) : match.start()]
            after = flow.folded[place.end() : place.end() + 60]
            governs = _GOVERNED.search(_SENTENCE_END.split(before)[-1] + _SENTENCE_END.split(after)[0])
            candidates += clauses.candidate(place.start(), place.end(), place.group(), 0.88 if governs else 0.35)
    for match in _NAMED_LAW.finditer(flow.folded):
        start, end = match.span(match.lastindex or 0)
        candidates += clauses.candidate(start, end, flow.text[start:end], 0.7)
    for match in _NATIONAL.finditer(flow.folded):
        place = _places().search(flow.text, match.start(1), match.end(1))
        if place is not None:
            candidates += clauses.candidate(place.start(), place.end(), place.group(), 0.7)
    return candidates
