"""A document's pages put into an index by their pictures: drawn in child processes, a few at a time."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from pipeline.errors import JobCancelled, PasswordRequired
from pipeline.indexing.chunks import ChunkedDocument
from pipeline.indexing.index import Target
from pipeline.indexing.pages import Rows, index_pages, page_rows
from pipeline.indexing.shelves import PageShelf
from pipeline.models.page_embedding import PageEmbedder
from pipeline.reading.image import jpeg
from pipeline.reading.numbered import unpack
from pipeline.services import Services
from pipeline.stores.records.documents import DocumentRecord, RevisionRecord
from schemas.documents import Notice

PAGES_A_CHILD = 16
"""Drawn and embedded between two reports of progress; a few megabytes."""
TASK = "pipeline.reading.task:render_pictures"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pictured:
    """What was done with a document's pages."""

    rows: Rows
    """For SQL, of the pages that were written."""
    missing: Sequence[int] = ()
    """Pages that could not be, by their numbers."""
    notices: Sequence[Notice] = ()
    """Why pages were left out that need not be there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pictures:
    """A document whose pages are to be found by their pictures."""

    services: Services
    document: DocumentRecord
    revision: RevisionRecord
    unread: Collection[int] = ()
    """Pages that could not be read, which are not drawn either."""

    def numbers(self, most: int) -> list[int]:
        """The pages that have pictures, up to the page `most`."""
        kind = self.revision.media_type
        if self.document.pages is None or not (kind == "application/pdf" or kind.startswith("image/")):
            return []
        return [number for number in range(1, min(self.document.pages, most) + 1) if number not in self.unread]

    def write(
        self,
        chunked: ChunkedDocument,
        target: Target,
        shelf: PageShelf,
        *,
        progress: Callable[[float], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Pictured:
        """Write the pages' points; rows make them found.

        Raises:
            ModelError: the embedder failed.
            VectorsUnavailable: the vector store failed.
            ParserError: a child that drew pages ended badly.
            JobCancelled: `cancelled` returned true.
        """
        embedder = shelf.embedder
        if embedder is None:
            return Pictured(rows=[])
        numbers = self.numbers(embedder.max_pages)
        done: list[int] = []
        try:
            for pictures in self._drawn(numbers, embedder, cancelled):
                if pictures:
                    index_pages(pictures, target, embedder=embedder, vectors=shelf.vectors)
                done += pictures
                progress(len(done) / len(numbers))
        except PasswordRequired:
            return Pictured(rows=[], notices=[_LOCKED])
        missing = sorted({*numbers} - {*done})
        return Pictured(
            rows=page_rows(chunked, target, done), missing=missing, notices=self._beyond(embedder.max_pages)
        )

    def _drawn(
        self, numbers: Sequence[int], embedder: PageEmbedder, cancelled: Callable[[], bool]
    ) -> Iterator[dict[int, bytes]]:
        """Pictures by their pages' numbers; those that cannot be drawn are left out."""
        services, side = self.services, embedder.side_px
        arguments = {
            "media_type": self.revision.media_type,
            "password": None,
            "settings": services.settings.reading.model_dump(mode="json"),
            "side_px": side,
        }
        for start in range(0, len(numbers), PAGES_A_CHILD):
            some = numbers[start : start + PAGES_A_CHILD]
            if cancelled():
                raise JobCancelled
            asked = {**arguments, "pages": list(some)}
            with services.blobs.open(self.revision.blob_key) as source:
                made = unpack(services.sandbox.run(TASK, source, asked, cancelled=cancelled), some)
            yield {number: content for number, content in made.items() if _is_picture(content, side)}

    def _beyond(self, most: int) -> list[Notice]:
        if (self.document.pages or 0) <= most:
            return []
        message = f"Only the first {most} pages can be found by their pictures (page_embedder.max_pages)."
        return [Notice(code="pages-beyond-limit", message=message)]


_LOCKED = Notice(
    code="pages-locked",
    message="The pages cannot be found by their pictures: the document is encrypted, and its password is not kept.",
)


def _is_picture(content: bytes, side_px: int) -> bool:
    """Whether a child has drawn it, no larger than it was told to."""
    size = jpeg.size(content)
    return size is not None and max(size) <= side_px
