"""A stage's document as a chat model is shown it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from pipeline.jobs.handlers.work import Work
from pipeline.models.chat import ImagePart
from pipeline.models.llama4 import Canvas
from pipeline.models.tokens import Tokens
from pipeline.prompting.material import SandboxMaterial
from pipeline.prompting.pictures import render
from pipeline.prompting.prepared import Prepared, prepare


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """What can be planned, and what the planned windows show."""

    prepared: Prepared
    material: SandboxMaterial


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
        yield Shown(prepared=prepared, material=SandboxMaterial(prepared, partial(page_pictures, work)))


def page_pictures(work: Work, wanted: Mapping[int, Canvas]) -> dict[int, ImagePart]:
    """Pictures of the stored file's pages, as `pictures.render` makes them and with its errors."""
    services, revision = work.services, work.revision
    with services.blobs.open(revision.blob_key) as source:
        settings = services.settings.reading
        return render(services.sandbox, source, revision.media_type, settings, wanted, cancelled=work.cancelled)
