"""Document to chunks along its layout: what belongs together stays together as far as the embedder can read.

Paragraphs are merged up to the token limit; a heading begins a chunk and stays with what follows it; a table is kept
whole, or cut between rows with its header repeated; what is too long is cut between sentences, then between words.
Nothing is left out. The embedded text begins with what the chunk's own text does not say: title and headings above.
"""

from collections.abc import Callable, Iterator, Sequence

from pipeline.indexing.anchors import Slice, trimmed
from pipeline.indexing.chunks import Chunk
from pipeline.indexing.composition import Composition, append, compose, section
from pipeline.indexing.units import Unit, apart, units
from pipeline.reading.passages import RowPassage, SpeechPassage
from schemas.documents import Document

CountTokens = Callable[[str], int]
CHARACTERS_PER_TOKEN = 8  # more than any prose has: longer texts need not be counted to know that they do not fit
TITLE_CHARACTERS = 120  # of one heading, as context
HEADER_SHARE = 3  # a table's header is repeated while it takes no more than a third of a chunk
CONTEXT_SHARE = 4  # and headings above take no more than a quarter
SMALL_SHARE = 4  # a chunk below a quarter goes on over the next heading


def chunk(document: Document, count_tokens: CountTokens, max_tokens: int) -> list[Chunk]:
    """The chunks in reading order; `embedding_text` of each has at most `max_tokens` tokens by `count_tokens`."""
    return list(chunks(document, count_tokens, max_tokens))


def chunks(document: Document, count_tokens: CountTokens, max_tokens: int) -> Iterator[Chunk]:
    """The same, each as soon as it is complete."""
    return _Chunker(document.title, count_tokens, max_tokens).run(units(document))


class _Chunker:
    def __init__(self, title: str | None, count_tokens: CountTokens, max_tokens: int) -> None:
        self._title = title
        self._count_tokens = count_tokens
        self._max_tokens = max_tokens
        self._draft: list[Unit] = []
        self._number = 0
        self._headers: dict[str, bool] = {}
        self._contexts: dict[tuple[str, ...], str] = {}

    def run(self, found: Iterator[Unit]) -> Iterator[Chunk]:
        for unit in found:
            if self._draft and self._begins(unit):
                yield from self._emit()
            yield from self._add(unit)
        yield from self._emit(last=True)

    def _add(self, unit: Unit) -> Iterator[Chunk]:
        if self._append(unit):
            return
        # A heading alone is no passage: what follows it is rather cut than parted from it.
        if any(not before.heading for before in self._draft):
            yield from self._emit()
        if self._append(unit):
            return
        for part in self._cut(unit):
            if not self._append(part):
                yield from self._emit(last=True)
                self._draft = [part]

    def _append(self, unit: Unit) -> bool:
        longer = append(self._draft, unit)
        fits = self._fits(longer)
        if fits:
            self._draft = longer
        return fits

    def _begins(self, unit: Unit) -> bool:
        """Whether a chunk begins here although there is room."""
        before, passage = self._draft[-1], unit.part.passage
        if isinstance(passage, RowPassage):
            return before.path != unit.path  # another sheet
        if before.heading or not unit.heading:
            return False
        return self._count_tokens(self._compose(self._draft).text) * SMALL_SHARE >= self._max_tokens

    def _emit(self, *, last: bool = False) -> Iterator[Chunk]:
        """The draft as a chunk; headings at its end wait for what they head."""
        kept = len(self._draft)
        while not last and kept and self._draft[kept - 1].heading:
            kept -= 1
        ready, self._draft = self._draft[:kept], self._draft[kept:]
        if ready:
            composed = self._compose(ready)
            yield Chunk(
                number=self._number,
                text=composed.text,
                section=" > ".join(section(ready)) or None,
                embedding_text=self._embedding_text(ready, composed.text),
                anchors=composed.anchors,
            )
            self._number += 1

    def _embedding_text(self, some: Sequence[Unit], text: str) -> str:
        """Headings that were taken off the end may have left a longer context behind: the text comes first."""
        embedded = self._with_context(some, text)
        return embedded if self._count_tokens(embedded) <= self._max_tokens else text

    def _compose(self, some: Sequence[Unit]) -> Composition:
        header = some[0].header
        return compose(some, header=header if header is not None and self._repeats(header.text) else None)

    def _fits(self, some: Sequence[Unit]) -> bool:
        if sum(unit.part.end - unit.part.start for unit in some) > self._max_tokens * CHARACTERS_PER_TOKEN:
            return False
        return self._count_tokens(self._with_context(some, self._compose(some).text)) <= self._max_tokens

    def _repeats(self, header: str) -> bool:
        if header not in self._headers:
            self._headers[header] = self._count_tokens(header) * HEADER_SHARE <= self._max_tokens
        return self._headers[header]

    def _with_context(self, some: Sequence[Unit], text: str) -> str:
        titles: tuple[str, ...] = (self._title,) if self._title and self._title not in text else ()
        if not isinstance(some[0].part.passage, SpeechPassage):  # whose section is the speaker, named in the text
            said = {unit.part.passage.text for unit in some if unit.heading}
            titles += tuple(title for title in section(some) if title not in said)
        if titles not in self._contexts:
            self._contexts[titles] = self._context(titles)
        return self._contexts[titles] + text

    def _context(self, titles: Sequence[str]) -> str:
        """The innermost headings that fit."""
        context = ""
        for title in reversed([" ".join(title.split())[:TITLE_CHARACTERS] for title in titles]):
            longer = f"{title} > {context}" if context else title
            if self._count_tokens(longer) * CONTEXT_SHARE > self._max_tokens:
                break
            context = longer
        return f"{context}\n" if context else ""

    def _cut(self, unit: Unit) -> Iterator[Unit]:
        for part in apart(unit):
            bare = Unit(part.part)
            if self._fits([part]):
                yield part
            elif self._fits([bare]):  # without its table's header
                yield bare
            else:
                yield from self._words(bare)

    def _words(self, unit: Unit) -> Iterator[Unit]:
        """Stretches that fit, cut at white space where there is some."""
        rest: Slice | None = unit.part
        longest = length = self._max_tokens * CHARACTERS_PER_TOKEN
        while rest is not None:
            end = min(rest.end, rest.start + length)
            part = Slice(rest.passage, rest.start, end)
            while not self._fits([Unit(part)]) and part.end > part.start + 1:
                part = Slice(part.passage, part.start, part.start + (part.end - part.start) * 3 // 4)
            # Counting tokens is what takes the time, and the next stretch will be about as dense.
            length = min(longest, max(2, (part.end - part.start) * 4 // 3))
            if part.end < rest.end:
                part = _to_white_space(part)
            yield Unit(trimmed(part) or part)
            rest = trimmed(Slice(rest.passage, part.end, rest.end))


def _to_white_space(part: Slice) -> Slice:
    text = part.text
    if part.passage.text[part.end].isspace():
        return part
    last = max(text.rfind(" "), text.rfind("\n"))
    return Slice(part.passage, part.start, part.start + last) if last > 0 else part
