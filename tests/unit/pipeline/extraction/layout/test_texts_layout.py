"""Documents without pages get a geometry of their own."""

from pipeline.extraction.layout.build import build_layout
from schemas.documents import Cell, Document, Table, TextBlock
from schemas.evidence import CellEvidence, TextEvidence, TimeEvidence


def _texts(layout):
    return [[run.text for run in row.runs] for row in layout.rows]


def test_lines_are_rows_and_tabs_bars_and_wide_gaps_part_texts(written):
    layout = build_layout(written("Name:\tAnn\nCity   Rome", "a | b"))
    assert _texts(layout) == [["Name:", "Ann"], ["City", "Rome"], ["a", "b"]]


def test_a_run_of_text_knows_its_place(written):
    document = written("First.", "Name: Ann")
    run = build_layout(document).rows[1].runs[0]
    (place,) = run.evidence(6, 9)
    assert isinstance(place, TextEvidence)
    assert document.text[place.start : place.end] == "Ann"


def test_headings_are_marked(written):
    layout = build_layout(written("# Skills", "Python"))
    assert [row.runs[0].heading for row in layout.rows] == [True, False]


def test_cells_of_a_table_stand_in_columns():
    text = "Item | Price\nBolt, long one | 1.20"
    cells = [
        Cell(row=r, column=c, text=t)
        for r, c, t in ((0, 0, "Item"), (0, 1, "Price"), (1, 0, "Bolt, long one"), (1, 1, "1.20"))
    ]
    table = Table(rows=2, columns=2, cells=cells, header_rows=1)
    document = Document(
        shape="text", media_type="x", text=text, blocks=[TextBlock(kind="table", start=0, stop=len(text), table=table)]
    )
    rows = build_layout(document).rows
    assert [[run.text for run in row.runs] for row in rows] == [["Item", "Price"], ["Bolt, long one", "1.20"]]
    assert rows[0].runs[1].box[0] == rows[1].runs[1].box[0]


def test_cells_of_a_sheet_keep_their_columns_and_references(sheet):
    layout = build_layout(sheet(["Item", "", "Price"], ["Bolt", "M8", "1.20"]))
    assert _texts(layout) == [["Item", "Price"], ["Bolt", "M8", "1.20"]]
    assert layout.rows[0].runs[1].box[0] == layout.rows[1].runs[2].box[0]
    (place,) = layout.rows[1].runs[2].evidence()
    assert isinstance(place, CellEvidence)
    assert place.ref == "C2"


def test_what_was_said_is_placed_in_time(spoken):
    layout = build_layout(spoken("Hello there", "We agreed"))
    (place,) = layout.rows[1].runs[0].evidence()
    assert isinstance(place, TimeEvidence)
    assert (place.start, place.end) == (5.0, 10.0)
