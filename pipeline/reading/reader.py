"""The one door of the read stage: any file that intake let in → `Document`."""

import logging
from collections.abc import Callable
from typing import Any, BinaryIO

from pydantic import ValidationError

from pipeline.errors import DamagedFile, ParserError, ParserProtocolError
from pipeline.models.transcription import Transcriber
from pipeline.reading.child.sandbox import Sandbox
from pipeline.settings import Reading
from schemas.documents import Block, Document, Page, Words

log = logging.getLogger(__name__)

TASK = "pipeline.reading.task:read_document"
MAX_LEFT_OUT = 3
"""Pages of one document that may each end a child before the document is given up."""


def _no_progress(_: float) -> None:
    return


def _never() -> bool:
    return False


class Reader:
    """Reads documents in child processes. Thread-safe."""

    def __init__(self, sandbox: Sandbox, transcriber: Transcriber | None, settings: Reading) -> None:
        self._sandbox = sandbox
        self._transcriber = transcriber
        self._settings = settings

    def read(
        self,
        source: BinaryIO,
        *,
        name: str,
        media_type: str,
        password: str | None = None,
        progress: Callable[[float], None] = _no_progress,
        cancelled: Callable[[], bool] = _never,
    ) -> Document:
        """Read a file, which has a real file descriptor; `media_type` is what its content says it is.

        `progress` gets shares from 0 to 1; when `cancelled` returns true the work ends soon. A page at which the child
        dies or stands still is left out with its reason in `problem`, and the others are read again, up to
        `MAX_LEFT_OUT` times.

        Raises:
            InputError: the file cannot be read; which one says why.
            ParserError: its parser came to a bad end.
            ModelError: the transcriber failed.
            JobCancelled: `cancelled` returned true.
        """
        if media_type.startswith(("audio/", "video/")):
            from pipeline.reading.audio.recording import read_recording

            return read_recording(
                self._sandbox,
                source,
                media_type=media_type,
                transcriber=self._transcriber,
                settings=self._settings,
                progress=progress,
                cancelled=cancelled,
            )
        arguments = {
            "media_type": media_type,
            "name": name,
            "password": password,
            "settings": self._settings.model_dump(mode="json"),
        }
        return parse_document(self._in_children(source, arguments, _forward(progress), cancelled))

    def _in_children(
        self,
        source: BinaryIO,
        arguments: dict[str, Any],
        progress: Callable[[float], None],
        cancelled: Callable[[], bool],
    ) -> bytes:
        """The child's answer; a page that ends the child is left out, and the rest is read by another."""
        left_out: dict[int, str] = {}
        ended: ParserError | None = None
        while True:
            try:
                asked = {**arguments, "left_out": left_out}
                return self._sandbox.run(TASK, source, asked, progress=progress, cancelled=cancelled)
            except ParserError as error:
                page = guilty_page(error)
                if page is None or page in left_out or len(left_out) == MAX_LEFT_OUT:
                    raise
                log.warning("page %d is left out: %s", page, error)
                left_out[page] = f"The page could not be read: {error.message}."
                ended = error
            except DamagedFile as error:
                if ended is not None:  # nothing is left to read: what the page did is what there is to say
                    raise ended from error
                raise


def guilty_page(error: ParserError) -> int | None:
    """The page that brought a child to its end; `None` where it was not a page's doing, as far as can be told.

    The clocks for the whole file, and SIGKILL, which comes from outside (above all where the machine runs out of
    memory), say nothing of the page they happened to meet.
    """
    if error.facts.get("limit") in {"wall", "cpu"} or error.facts.get("signal") == "SIGKILL":
        return None
    page: int | None = error.facts.get("page")
    return page


def _forward(progress: Callable[[float], None]) -> Callable[[float], None]:
    """Progress that does not go back where reading begins anew."""
    furthest = 0.0

    def report(share: float) -> None:
        nonlocal furthest
        furthest = max(furthest, share)
        progress(furthest)

    return report


def parse_document(answer: bytes) -> Document:
    """A child's answer as a document; it is believed no more than the file it was made from.

    Raises:
        ParserProtocolError: it is no document, or its parts do not fit together.
    """
    try:
        document = Document.model_validate_json(answer)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        raise ParserProtocolError(f"the parser's answer is not a document: {fault['msg']}") from error
    for page in document.pages:
        if not _fits(page):
            raise ParserProtocolError(f"the parser's answer does not fit together on page {page.number}")
    if any(not 0 <= block.start <= block.stop <= len(document.text) for block in document.blocks):
        raise ParserProtocolError("the parser's answer has blocks outside its text")
    return document


def _fits(page: Page) -> bool:
    words = page.words
    count = len(words)
    lengths = {len(words.x0), len(words.y0), len(words.x1), len(words.y1), len(words.line)}
    if words.confidence is not None:
        lengths.add(len(words.confidence))
    return lengths == {count} and _are_shares(words) and _blocks_fit(page.blocks, count)


def _are_shares(words: Words) -> bool:
    """Whether all boxes lie on the page, and scores between 0 and 1; the sum tells what is no number."""
    columns = [words.x0, words.y0, words.x1, words.y1, words.confidence or []]
    return all(min(each) >= 0.0 and max(each) <= 1.0 and sum(each) >= 0.0 for each in columns if each)


def _blocks_fit(blocks: list[Block], count: int) -> bool:
    return all(0 <= block.start <= block.stop <= count and _table_fits(block) for block in blocks)


def _table_fits(block: Block) -> bool:
    table = block.table
    return table is None or all(0 <= cell.row < table.rows and 0 <= cell.column < table.columns for cell in table.cells)
