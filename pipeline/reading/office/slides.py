"""PowerPoint files: each slide a section, its shapes from top to bottom, its notes below it."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, BinaryIO

from pipeline.errors import LimitExceeded
from pipeline.reading.office.drawings import count_pictures, unread_pictures
from pipeline.reading.office.package import check_package, damage_is_said
from pipeline.reading.options import Progress, ReadingOptions
from pipeline.reading.text.builder import TextBuilder, one_line
from pipeline.reading.text.grid import GridBuilder, names_columns
from schemas.documents import BlockKind, Document, Notice, Table

_SPAN_MOST = 1_000


def read_slides(source: BinaryIO, options: ReadingOptions, progress: Progress) -> Document:
    """A PPTX; hidden slides are read too, and named in a warning.

    Raises:
        DamagedFile, UnsupportedType: as `check_package`, or the library cannot read it.
        LimitExceeded: as `check_package`, or there are more slides than `max_pages`.
    """
    import pptx

    check_package(source, options)
    with damage_is_said("PowerPoint file", *library_errors()):
        show = pptx.Presentation(source)
        slides = list(show.slides)
        if len(slides) > options.settings.max_pages:
            allowed = options.settings.max_pages
            message = f"the presentation has {len(slides)} slides; {allowed} are read"
            raise LimitExceeded(message, limit="max_pages", value=len(slides), allowed=allowed)
        builder = TextBuilder()
        for number, slide in enumerate(slides, 1):
            _add_slide(builder, number, slide)
            progress(number / len(slides))
        pictures = sum(count_pictures(slide.element) for slide in slides)
        untold = builder.count == len(slides) and not any(_title(slide) for slide in slides)
        builder.warnings += [*_warnings(slides), *unread_pictures(pictures, alone=untold)]
        return builder.document(
            options.media_type,
            # PowerPoint calls every presentation "PowerPoint Presentation", so its own word for it comes second.
            title=(_title(slides[0]) if slides else "") or show.core_properties.title,
            produced_by={"python-pptx": version("python-pptx")},
        )


def library_errors() -> tuple[type[Exception], ...]:
    """Every class of its own that the library raises."""
    import pptx.exc

    return (pptx.exc.PythonPptxError,)


def _title(slide: Any) -> str:  # noqa: ANN401 - python-pptx has no type information
    shape = slide.shapes.title
    return one_line(shape.text_frame.text) if shape is not None and shape.has_text_frame else ""


def _add_slide(builder: TextBuilder, number: int, slide: Any) -> None:  # noqa: ANN401 - python-pptx, as above
    title = _title(slide)
    builder.heading(f"Slide {number}: {title}" if title else f"Slide {number}", 1)
    heading = slide.shapes.title
    for shape in _placed(slide.shapes):
        if heading is not None and shape.shape_id == heading.shape_id:
            continue
        if getattr(shape, "has_table", False):
            table = _table(shape.table)
            if table is not None:
                builder.table(table)
        elif shape.has_text_frame:
            _add_text(builder, shape)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = slide.notes_slide.notes_text_frame.text
        if notes.strip():
            builder.heading("Notes", 2)
            builder.add("paragraph", _lines(notes))


def _placed(shapes: Any) -> Iterator[Any]:  # noqa: ANN401 - python-pptx has no type information
    """Shapes from top to bottom and left to right; those of a group together, where the group stands."""
    stack = [iter(sorted(shapes, key=_corner))]
    while stack:
        shape = next(stack[-1], None)
        if shape is None:
            stack.pop()
        elif hasattr(shape, "shapes"):
            stack.append(iter(sorted(shape.shapes, key=_corner)))
        else:
            yield shape


def _corner(shape: Any) -> tuple[int, int]:  # noqa: ANN401 - python-pptx has no type information
    """Placeholders without a place of their own inherit one; those the library cannot tell come first."""
    return (shape.top or 0, shape.left or 0)


def _add_text(builder: TextBuilder, shape: Any) -> None:  # noqa: ANN401 - python-pptx has no type information
    """A text placeholder holds bullets, unless it has but one paragraph; a text box holds paragraphs."""
    paragraphs = [paragraph for paragraph in shape.text_frame.paragraphs if paragraph.text.strip()]
    listed = shape.is_placeholder and len(paragraphs) > 1
    for paragraph in paragraphs:
        kind: BlockKind = "list_item" if listed or paragraph.level > 0 else "paragraph"
        builder.add(kind, _lines(paragraph.text).strip())


def _lines(text: str) -> str:
    """The library writes a line break as a vertical tab."""
    return text.replace("\x0b", "\n")


def _table(table: Any) -> Table | None:  # noqa: ANN401 - python-pptx has no type information
    grid = GridBuilder()
    texts: list[list[str]] = []
    for row in table.rows:
        grid.row()
        texts.append([])
        for column, cell in enumerate(row.cells):
            if cell.is_spanned:
                continue
            text = one_line(cell.text_frame.text)
            texts[-1].append(text)
            spans = (cell.span_height, cell.span_width) if cell.is_merge_origin else (1, 1)
            grid.move_to(column)
            grid.cell(text, row_span=min(_SPAN_MOST, spans[0]), column_span=min(_SPAN_MOST, spans[1]))
    return grid.table(1 if table.first_row and len(texts) > 1 else int(names_columns(texts)))


def _warnings(slides: list[Any]) -> list[Notice]:
    hidden = [number for number, slide in enumerate(slides, 1) if slide.element.get("show") in {"0", "false"}]
    pictured = [
        number
        for number, slide in enumerate(slides, 1)
        if any(getattr(shape, "has_chart", False) for shape in _placed(slide.shapes))
    ]
    notices: list[Notice] = []
    if hidden:
        notices.append(Notice(code="hidden-slides", message=f"hidden slides were read too: {_numbers(hidden)}"))
    if pictured:
        notices.append(Notice(code="charts-not-read", message=f"charts were not read, on slides {_numbers(pictured)}"))
    return notices


def _numbers(found: list[int]) -> str:
    return ", ".join(map(str, found[:20])) + (", …" if len(found) > 20 else "")
