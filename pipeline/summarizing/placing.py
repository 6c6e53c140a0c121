"""A model's sentences to a summary: each is held to the document, by our own eyes."""

from bisect import bisect_left
from collections.abc import Sequence

from pipeline.extraction.flow import Flow
from pipeline.extraction.grounding import Grounder
from pipeline.extraction.values.figures import figures, readings
from pipeline.extraction.values.locale import judge_locale
from pipeline.indexing.terms import document_terms, terms_of
from pipeline.prompting.plain import plain
from pipeline.summarizing.notes import Note
from schemas.documents import Document, Notice
from schemas.evidence import Evidence
from schemas.summaries import Summary


def placed(document: Document, notes: Sequence[Note]) -> Summary:
    """The sentences whose quotes, figures and most of whose words the document holds, with the quotes' places.

    What does not pass is left out, and a warning says how much.
    """
    flow = Flow.of(document)
    grounder = Grounder(flow, judge_locale(flow.text, language=document.language, page_sizes=[]))
    known = readings(flow.text)
    read = terms_of(flow.text, document.language)
    words = frozenset(read.terms)
    kept: list[tuple[str, Evidence]] = []
    for note in notes:
        text = plain(note.text)
        found = grounder.ground(note.quote, near=_start_of(flow, note.page)) or grounder.ground(text)
        figured = all(each.readings & known for each in figures(text))
        if (
            text
            and found is not None
            and found.evidence
            and figured
            and _worded(document_terms(text, read.language), words)
        ):
            kept.append((text, found.evidence[0]))
    return Summary(
        text=" ".join(text for text, _ in kept),
        points=[text for text, _ in kept],
        evidence=[evidence for _, evidence in kept],
        warnings=_warnings(len(notes) - len(kept)),
    )


def _worded(terms: Sequence[str], words: frozenset[str]) -> bool:
    """Whether the document has most words of a sentence: a model can quote what its sentence is not about."""
    return 2 * sum(term in words for term in terms) > len(terms)


def _start_of(flow: Flow, page: int) -> int | None:
    """Where a page begins in the running text; `None` for documents without pages, and for pages without text."""
    pages = [passage.page or 0 for passage in flow.passages]
    at = bisect_left(pages, page)
    return flow.offsets[at] if page > 0 and at < len(pages) and pages[at] == page else None


def _warnings(left_out: int) -> list[Notice]:
    if not left_out:
        return []
    message = f"{left_out} of the model's sentences were left out: the document does not hold their words or figures."
    return [Notice(code="unsupported-left-out", message=message)]
