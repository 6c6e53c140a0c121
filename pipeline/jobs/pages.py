"""Pages as pictures, rendered in a child process and kept."""

from pathlib import PurePath

from pipeline.errors import BlobMissing, NotFound, ResultNotReady, SheafError
from pipeline.jobs.contents import Stored, keep
from pipeline.jobs.views import need_document
from pipeline.services import Services
from pipeline.stores.records import documents

SIDE_PX = 1600
"""The longer side of a picture."""

PNG = "image/png"


def page_image(services: Services, document_id: str, number: int, *, workspace_id: str) -> Stored:
    """Page `number`, counted from 1, as displayed.

    Raises:
        NotFound: there is no such document, or it has no such page.
        ResultNotReady: the document has not been read.
        PasswordRequired: the document is encrypted; its password is not kept.
        ParsersBusy: too many are being rendered.
        ParserError: the page could not be rendered.
    """
    with services.database.read() as connection:
        document = need_document(connection, workspace_id, document_id)
        revision = documents.get_revision(connection, document.id, document.revision)
    assert revision is not None
    if document.pages is None:
        raise _without_pages(revision.media_type)
    if number > document.pages:
        raise NotFound(f"the document has {document.pages} pages", id=document_id, pages=document.pages)
    name = f"{PurePath(document.name).stem}-{number}.png"
    key = f"{workspace_id}/{document_id}/page-{revision.number}-{number}.png"
    try:
        return Stored(file=services.blobs.open(key), name=name, media_type=PNG)
    except BlobMissing:
        pass
    arguments = {
        "media_type": revision.media_type,
        "page": number,
        "side_px": SIDE_PX,
        "settings": services.settings.reading.model_dump(mode="json"),
    }
    with services.blobs.open(revision.blob_key) as source:
        made = services.on_demand.run("pipeline.reading.task:render_page", source, arguments)
    return Stored(file=keep(services, document, key, made), name=name, media_type=PNG)


def _without_pages(media_type: str) -> SheafError:
    if media_type == "application/pdf" or media_type.startswith("image/"):
        return ResultNotReady("the document has not been read")
    return NotFound("a document of this type has no pages", media_type=media_type)
