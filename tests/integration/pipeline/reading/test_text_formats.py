"""Every format that is text already, through intake and a real child process."""

import io
from email.message import EmailMessage

import docx
import openpyxl
import pptx
import pytest

from pipeline.errors import DamagedFile
from pipeline.intake.sniff import sniff
from pipeline.reading.content import as_text
from pipeline.reading.reader import Reader
from pipeline.settings import Reading
from tests.support.office import changed, saved

WORDS = "Green tea"


def word():
    made = docx.Document()
    made.add_paragraph(WORDS)
    return saved(made)


def slides():
    made = pptx.Presentation()
    made.slides.add_slide(made.slide_layouts[0]).shapes.title.text = WORDS
    return saved(made)


def workbook():
    made = openpyxl.Workbook()
    made.active.append([WORDS, 3])
    return saved(made)


def mail():
    made = EmailMessage()
    made["From"], made["Subject"] = "a@example.org", "x"
    made.set_content(WORDS)
    return bytes(made)


FILES = {
    "a.docx": (word, "text"),
    "a.pptx": (slides, "text"),
    "a.xlsx": (workbook, "sheets"),
    "a.eml": (mail, "text"),
    "a.html": (f"<html><p>{WORDS}</html>".encode, "text"),
    "a.md": (f"# {WORDS}\n".encode, "text"),
    "a.txt": (WORDS.encode, "text"),
    "a.csv": (f"{WORDS},3\nMilk,4\n".encode, "sheets"),
}


@pytest.fixture(scope="module")
def reader(warm_sandbox):
    return Reader(warm_sandbox, None, Reading())


@pytest.fixture
def read(reader, tmp_path):
    def read_(name, data):
        path = tmp_path / name
        path.write_bytes(data)
        with path.open("rb") as source:
            return reader.read(source, name=name, media_type=sniff(source, name), password=None)

    return read_


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_file_is_read_in_a_child(read, name):
    make, shape = FILES[name]
    document = read(name, make())
    assert document.shape == shape
    assert WORDS in as_text(document)


def test_a_cell_far_to_the_right_costs_the_child_and_nobody_else(read):
    cell = b'<sheetData><row r="1"><c r="ZZZZZ1"><v>1</v></c></row></sheetData>'
    sheet = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">' + cell + b"</worksheet>"
    data = changed(workbook(), {"xl/worksheets/sheet1.xml": sheet})
    with pytest.raises(DamagedFile):
        read("a.xlsx", data)


def test_an_entity_is_never_expanded(read):
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><w:document>&c;'
    with pytest.raises(DamagedFile, match="document type"):
        read("a.docx", changed(word(), {"word/document.xml": bomb}))


def test_sources_need_not_be_at_their_beginning(reader, tmp_path):
    path = tmp_path / "a.docx"
    path.write_bytes(word())
    with path.open("rb") as source:
        media_type = sniff(source, path.name)
        source.seek(0, io.SEEK_END)
        assert reader.read(source, name=path.name, media_type=media_type, password=None).text == WORDS
