"""What a PDF carries beside its pages: attached files and its XMP metadata, bounded in number and inflated size.

Attachments are listed by the name tree `EmbeddedFiles` and by the catalogue's array `AF` (ISO 32000-2, 7.11.4 and
14.13). Only XML is taken out, whatever a file is called: that is for its first bytes to say.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pymupdf import mupdf

from pipeline.errors import DamagedFile, LimitExceeded, SheafError
from pipeline.reading.pdf.mupdf import Pdf, translating
from pipeline.reading.text.builder import one_line

MAX_ATTACHMENTS = 64
"""More are named, and not looked into."""
MAX_LISTED = 10_000
"""More are not even named; nor are there more nodes of the name tree."""
MAX_NAME = 200
_HEAD_BYTES = 256


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """An attached file; `content` is an error where it could not be taken out, and `None` where it is no XML."""

    name: str
    content: bytes | SheafError | None


def attachments(pdf: Pdf, max_bytes: int) -> Iterator[Attachment]:
    """The attached files, XML of at most `max_bytes`; one of them is read at a time.

    Where there are more than are listed, the last one is called `…` and stands for them.
    """
    for number, (name, stream) in enumerate(_streams(pdf.handle)):
        content: bytes | SheafError | None = None
        try:
            if stream is not None and number < MAX_ATTACHMENTS and _is_markup(_inflated(stream, _HEAD_BYTES, cut=True)):
                content = _inflated(stream, max_bytes)
        except SheafError as error:
            content = error
        except MemoryError:
            content = LimitExceeded("the attachment needs too much memory")
        yield Attachment(name=name, content=content)


def is_portfolio(pdf: Pdf) -> bool:
    """Whether the attachments are the document, and the pages its cover (ISO 32000-2, 12.3.5: collections).

    Raises:
        DamagedFile: the catalogue cannot be read.
    """
    with translating():
        return bool(mupdf.pdf_is_dict(_get(_catalogue(pdf.handle), "Collection")))


def xmp_metadata(pdf: Pdf, max_bytes: int) -> bytes | None:
    """The XMP packet; `None` where there is none.

    Raises:
        LimitExceeded: it is longer than `max_bytes`.
        DamagedFile: it cannot be read.
    """
    with translating():
        stream = _get(_catalogue(pdf.handle), "Metadata")
        found = bool(mupdf.pdf_is_stream(stream))
    return _inflated(stream, max_bytes) if found else None


def _is_markup(head: bytes) -> bool:
    return head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")


def _streams(pdf: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - PyMuPDF is not typed
    """Name and stream of each attachment, each stream once; no stream for those that are too many."""
    seen: set[int] = set()
    for specification in _specifications(pdf):
        if specification is None:
            yield "…", None
            return
        try:
            with translating():
                files = _get(specification, "EF")
                stream = next((each for key in ("UF", "F") if mupdf.pdf_is_stream(each := _get(files, key))), None)
                names = [mupdf.pdf_dict_get_text_string(specification, mupdf.pdf_new_name(key)) for key in ("UF", "F")]
                number = 0 if stream is None else mupdf.pdf_to_num(stream)
        except DamagedFile:
            continue  # an entry that is no entry: there is no file that could be said to be unread
        if stream is not None and number not in seen:
            seen.add(number)
            yield next((one_line(name)[:MAX_NAME] for name in names if name), "attachment"), stream


def _specifications(pdf: Any) -> Iterator[Any]:  # noqa: ANN401 - PyMuPDF is not typed
    """Those of the name tree and of `AF`; `None` in the end where there are more."""
    with translating():
        found = list(islice(_named(_get(_get(_catalogue(pdf), "Names"), "EmbeddedFiles")), MAX_LISTED + 1))
        found += _items(_get(_catalogue(pdf), "AF"), MAX_LISTED + 1)
        more = len(found) > MAX_LISTED or None in found
    yield from [each for each in found if each is not None][:MAX_LISTED]
    if more:
        yield None


def _named(root: Any) -> Iterator[Any]:  # noqa: ANN401
    """What a name tree holds, in order (ISO 32000-2, 7.9.6); `None` in the end where it was not gone through.

    MuPDF's own walk goes on for years where many ways lead to one node, or round and round. Here each node, and each
    array of nodes, is seen once, and no more wait than are gone through.
    """
    ahead: list[Any] = [root]
    seen: set[int] = set()
    for _ in range(MAX_LISTED):
        if not ahead:
            return
        node = ahead.pop()
        kids = _get(node, "Kids")
        numbers = {mupdf.pdf_to_num(each) for each in (node, kids)} - {0}  # 0 of what stands in its parent
        if numbers & seen:
            continue
        seen |= numbers
        yield from _items(_get(node, "Names"), 2 * MAX_LISTED + 2)[1::2]
        ahead += reversed(_items(kids, MAX_LISTED - len(ahead)))
    yield None


def _items(array: Any, most: int) -> list[Any]:  # noqa: ANN401
    count = mupdf.pdf_array_len(array) if mupdf.pdf_is_array(array) else 0
    return [mupdf.pdf_array_get(array, at) for at in range(min(count, most))]


def _catalogue(pdf: Any) -> Any:  # noqa: ANN401
    return _get(mupdf.pdf_trailer(pdf), "Root")


def _get(dictionary: Any, key: str) -> Any:  # noqa: ANN401
    return mupdf.pdf_dict_get(dictionary, mupdf.pdf_new_name(key))


def _inflated(stream: Any, most: int, *, cut: bool = False) -> bytes:  # noqa: ANN401
    """The bytes of a stream; inflating ends behind the limit, however many would come (`cut`: they are left out)."""
    with translating():
        bounded = mupdf.fz_open_null_filter(mupdf.pdf_open_stream(stream), most + (not cut), 0)
        data: bytes = mupdf.fz_buffer_extract_copy(mupdf.fz_read_all(bounded, 0))
    if len(data) > most:
        raise LimitExceeded(f"it inflates to more than {most} bytes", limit="max_embedded_bytes", allowed=most)
    return data
