"""Embedded values against those read from the pages: which one is the value, and how sure it is.

The data for machines wins: of ZUGFeRD and Factur-X from profile BASIC on the XML is the invoice in law, and a payment's
code is what gets paid. Only extracts for booking (MINIMUM, BASIC WL) and metadata yield to the page. Whichever wins, a
value that the other contradicts is not given as sure, and a notice says what both say.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.extraction.candidates import Candidate, same_value
from pipeline.extraction.confidence import EMBEDDED, probability, signs_of
from pipeline.extraction.embedded.statements import Statement, Statements, agree, is_sound, typed
from pipeline.extraction.embedded.terms import term_of
from pipeline.extraction.grounding import Grounder
from pipeline.extraction.merging import Choice
from pipeline.extraction.rules.case import Case
from pipeline.extraction.rules.targets import Target
from schemas.documents import Notice
from schemas.evidence import Evidence

PRINTED, SILENT, UNSEEN, METADATA = 0.98, 0.93, 0.65, 0.6
"""How sure an embedded value is that the page prints too; one that the page says nothing of; an amount that it does not
print, which is odd in an invoice; and one that only the metadata has, which often are those of a template. Not fitted:
in the labelled sets the XML is the label."""
SURE, LIKELY = 0.9, 0.6
"""From which probability on a value of the page contradicts an embedded one that is printed elsewhere on it, and one
that is not printed at all."""
DISAGREES = "embedded-disagrees"
"""Code of the notice that says so."""
SHOWN = 120
"""Characters of a value in a notice."""

Settled = tuple[Target, Choice]


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """What became of a leaf."""

    choice: Choice
    notice: Notice | None = None


def reconcile(case: Case, statements: Statements, settled: Sequence[Settled]) -> tuple[list[Settled], list[Notice]]:
    """The choices for all leaves outside of arrays, and a notice for each contradiction."""
    if not statements.scalars:
        return list(settled), []
    judge = _Judge(case, statements)
    read = {target.key: choice for target, choice in settled}
    found: list[Settled] = []
    notices: list[Notice] = []
    for target in case.targets:
        judged = judge.judge(target, read.get(target.key))
        if judged is not None:
            found.append((target, judged.choice))
            notices += [judged.notice] if judged.notice is not None else []
        elif target.key in read:
            found.append((target, read[target.key]))
    return found, notices


class _Judge:
    """Holds the statements of one document against its pages."""

    def __init__(self, case: Case, statements: Statements) -> None:
        self._case = case
        self._statements = statements
        self._grounder = Grounder(case.flow, case.view.locale)

    def judge(self, target: Target, read: Choice | None) -> Judged | None:
        """What the data has to say of a leaf for which `read` was read; `None`: nothing that is sure."""
        term = term_of(self._case, target)
        told = [
            (value, statement)
            for statement in self._statements.scalars.get(term or "", ())
            if (value := typed(target, statement)) is not None
        ]
        if not told:
            return None
        first = [each for each in told if each[1].rank == told[0][1].rank]
        matching = [each for each in first if read is not None and agree(target, each[0], read.candidate.value)]
        if len({same_value(value) for value, _ in first}) > 1:
            # Instalments, or several accounts: which one it is, the page says.
            return self._agreed(target, read, matching[0][1]) if read is not None and matching else None
        value, statement = first[0]
        others = [each for each in told if each[1].rank != statement.rank]
        if others and not any(agree(target, value, other) for other, _ in others):
            against = f"{others[0][1].data.source} says {_shown(others[0][0])}"
            return self._disputed(target, value, statement, against)
        if read is not None and matching:
            return self._agreed(target, read, statement)
        return self._alone(target, value, statement, read)

    def _agreed(self, target: Target, read: Choice, statement: Statement) -> Judged:
        """Both say it; numbers keep the decimals of the page, texts the words of the data."""
        value = typed(target, statement)
        if same_value(value) == same_value(read.candidate.value):
            value = read.candidate.value
        sure = PRINTED if is_sound(target, value) else PRINTED / 2
        return Judged(choice=_choice(value, sure, [statement.evidence, *read.candidate.places()]))

    def _alone(self, target: Target, value: Any, statement: Statement, read: Choice | None) -> Judged:  # noqa: ANN401
        place = self._grounder.ground(value, kind=target.kind, labels=target.leaf.texts)
        printed = list(place.evidence) if place is not None else []
        if read is not None and self._probability(target, read) >= (SURE if printed else LIKELY):
            if statement.binding:
                return self._disputed(
                    target, value, statement, f"{_shown(read.candidate.value)} was read from the page", printed
                )
            if statement.data.standard != "xmp":
                return self._yielded(target, value, statement, read)
        if statement.data.standard == "xmp":
            return Judged(choice=read or _choice(value, METADATA, [statement.evidence, *printed]))
        silent = UNSEEN if target.kind == "money" and value else SILENT
        sure = (PRINTED if printed else silent) * (1.0 if is_sound(target, value) else 0.5)
        return Judged(choice=_choice(value, sure, [statement.evidence, *printed]))

    def _disputed(
        self,
        target: Target,
        value: Any,  # noqa: ANN401
        statement: Statement,
        against: str,
        printed: Sequence[Evidence] = (),
    ) -> Judged:
        message = f"{statement.data.source} says {_shown(value)}, {against}; the former is given, and not as sure"
        return Judged(
            choice=_choice(value, PRINTED, [statement.evidence, *printed], contradicted=True),
            notice=Notice(code=DISAGREES, message=message, where=target.key),
        )

    def _yielded(self, target: Target, value: Any, statement: Statement, read: Choice) -> Judged:  # noqa: ANN401
        message = (
            f"{statement.data.source} says {_shown(value)}, {_shown(read.candidate.value)} was read from the page; "
            "the latter is given, and not as sure"
        )
        return Judged(
            choice=replace(read, contradicted=True), notice=Notice(code=DISAGREES, message=message, where=target.key)
        )

    @staticmethod
    def _probability(target: Target, choice: Choice) -> float:
        return probability(signs_of(choice, target.kind))


def _choice(value: Any, sure: float, evidence: Sequence[Evidence], *, contradicted: bool = False) -> Choice:  # noqa: ANN401
    candidate = Candidate(value=value, score=sure, source=EMBEDDED, places=lambda: evidence)
    return Choice(candidate=candidate, confidence=sure, contradicted=contradicted)


def _shown(value: Any) -> str:  # noqa: ANN401 - any JSON value
    text = str(value)
    return f'"{text[:SHOWN]}…"' if len(text) > SHOWN else f'"{text}"'
