"""An image file, frame by frame, by OCR."""

from typing import BinaryIO

from pipeline.errors import DamagedFile, SheafError
from pipeline.reading import ocr
from pipeline.reading.embedded.codes import payments_on
from pipeline.reading.image.frames import VERSION, ImageFile
from pipeline.reading.layout.assemble import PlacedPage, check_page_count, finish, place, unreadable
from pipeline.reading.options import Progress, ReadingOptions
from schemas.documents import Document
from schemas.embedded import EmbeddedData


def read_image(source: BinaryIO, options: ReadingOptions, progress: Progress) -> Document:
    """Read an image; each frame of a TIFF is a page.

    A frame that cannot be decoded says so in the page's `problem`, and the others are read.

    Raises:
        DamagedFile: the file, or its only frame, cannot be decoded whole.
        LimitExceeded: it has too many frames, or its only frame too many pixels.
    """
    image = ImageFile(source, options.media_type, options.settings.max_pixels)
    check_page_count(image.frame_count, options.settings.max_pages)
    placed = []
    problems: list[SheafError] = []
    payments: list[EmbeddedData] = []
    for number in range(1, image.frame_count + 1):
        try:
            placed.append(_read_frame(image, number, options, payments))
        except SheafError as error:
            problems.append(error)
            placed.append(unreadable(number, error.message))
        progress(number / image.frame_count)
    options.at_page(0)
    if len(problems) == image.frame_count:
        raise problems[0]
    return Document.model_construct(
        shape="pages",
        media_type=options.media_type,
        pages=finish(placed),
        embedded=payments,
        produced_by={"pillow": VERSION, "rapidocr": ocr.engine_version()},
    )


def _read_frame(image: ImageFile, number: int, options: ReadingOptions, payments: list[EmbeddedData]) -> PlacedPage:
    """A frame; what its codes ask to be paid is added to `payments`."""
    if number in options.left_out:
        raise DamagedFile(options.left_out[number])
    options.at_page(number)
    bitmap = image.frame(number)
    try:
        if options.settings.embedded:
            payments += payments_on(bitmap, number)
        return place(ocr.recognize(bitmap, options.settings.ocr_side_px), number, "ocr")
    except MemoryError as error:
        raise DamagedFile("The image needs too much memory.") from error
