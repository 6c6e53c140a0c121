"""A stage's document as a chat model is shown it."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline.errors import InputError, ParserError
from pipeline.jobs.handlers.work import Work
from pipeline.models.chat import ImagePart
from pipeline.models.llama4 import Canvas
from pipeline.models.tokens import Tokens
from pipeline.prompting.material import SandboxMaterial
from pipeline.prompting.pictures import render
from pipeline.prompting.prepared import Prepared, prepare
from pipeline.prompting.windows import Material

log = logging.getLogger("sheaf.jobs")


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """What can be planned, and what the planned windows show."""

    prepared: Prepared
    material: Material


@contextmanager
def shown(work: Work, tokens: Tokens, *, most_tokens: int) -> Iterator[Shown]:
    """The document that the stage `read` made, in parts of at most so many tokens; let go of when the block ends.

    Raises:
        ParserError: the child that prepares it ended badly.
        JobCancelled: the job was cancelled.
    """
    with work.open("read") as document:
        prepared = prepare(work.services.sandbox, document, tokens, most_tokens=most_tokens, stopped=work.cancelled)
    with prepared:
        yield Shown(prepared=prepared, material=SandboxMaterial(prepared, lambda wanted: _pictures(work, wanted)))


def _pictures(work: Work, wanted: Mapping[int, Canvas]) -> dict[int, ImagePart]:
    """Those that can be drawn. An encrypted file cannot be any more, and one page may be too much for the child."""
    services, revision = work.services, work.revision
    try:
        with services.blobs.open(revision.blob_key) as source:
            settings = services.settings.reading
            return render(services.sandbox, source, revision.media_type, settings, wanted, cancelled=work.cancelled)
    except (InputError, ParserError) as error:
        log.warning("pages are shown as text only: %s", error.name, extra=work.stage.log_context())
        return {}
