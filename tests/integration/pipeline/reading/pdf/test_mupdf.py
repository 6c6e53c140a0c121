import numpy as np
import pymupdf
import pytest

from pipeline.errors import DamagedFile, PasswordRequired, WrongPassword
from pipeline.reading.pdf.mupdf import Pdf


@pytest.fixture
def opened(tmp_path):
    """Opens a PDF that was made in memory."""

    def open_pdf(document: pymupdf.Document | bytes, password: str | None = None, **options: object) -> Pdf:
        path = tmp_path / "made.pdf"
        path.write_bytes(document if isinstance(document, bytes) else document.tobytes(**options))
        with path.open("rb") as source:
            return Pdf(source, password)

    return open_pdf


def written(*texts: tuple[float, float, str], **more: object) -> pymupdf.Document:
    document = pymupdf.open()
    page = document.new_page(width=400, height=600)
    for x, y, text in texts:
        page.insert_text((x, y), text, **more)
    return document


def ink(bitmap: np.ndarray) -> tuple[float, float, float, float]:
    """The box around everything dark, as fractions."""
    dark = bitmap.min(axis=2) < 128
    rows, columns = np.flatnonzero(dark.any(1)), np.flatnonzero(dark.any(0))
    height, width = dark.shape
    return columns[0] / width, rows[0] / height, columns[-1] / width, rows[-1] / height


def test_words_have_their_texts_lines_and_boxes(opened):
    marks = opened(written((50, 100, "Hello world"), (50, 130, "again"))).page(1).marks()
    assert marks.text == ["Hello", "world", "again"]
    assert marks.line.tolist() == [0, 0, 1]
    assert (marks.width, marks.height) == (400, 600)
    assert marks.boxes[0, 0] == pytest.approx(50, abs=1)
    assert 85 < marks.boxes[0, 1] < 100 < marks.boxes[0, 3] < 110


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_boxes_lie_where_the_word_is_displayed_however_the_page_is_turned(opened, rotation):
    document = written((60, 500, "HIXH"), fontsize=40)
    document[0].set_rotation(rotation)
    page = opened(document).page(1)
    marks = page.marks()
    x0, y0, x1, y1 = ink(page.render(600))
    box = marks.boxes[0] / (marks.width, marks.height, marks.width, marks.height)
    assert page.rotation == rotation
    assert box[0] - 0.02 <= x0 < x1 <= box[2] + 0.02
    assert box[1] - 0.02 <= y0 < y1 <= box[3] + 0.02


def test_a_cropped_page_is_measured_from_the_corner_of_what_is_shown(opened):
    document = written((150, 300, "Inside"))
    document[0].set_cropbox(pymupdf.Rect(100, 200, 300, 400))
    marks = opened(document).page(1).marks()
    assert (marks.width, marks.height) == (200, 200)
    assert marks.boxes[0, 0] == pytest.approx(50, abs=1)


def test_the_size_of_the_type_is_told_whatever_the_font(opened):
    document = written((50, 100, "Large words here"), fontsize=20)
    document[0].insert_text((50, 200), "small words in another font", fontsize=9, fontname="tiro")
    marks = opened(document).page(1).marks()
    assert marks.size[0] == pytest.approx(20)
    assert marks.size[-1] == pytest.approx(9)


@pytest.mark.parametrize("font", ["hebo", "tibo", "cobi"])
def test_bold_lines_are_told(opened, font):
    document = written((50, 100, "A heading"), fontname=font)
    document[0].insert_text((50, 140), "and text", fontname="helv")
    assert opened(document).page(1).marks().bold.tolist() == [True, True, False, False]


def test_ligatures_are_taken_apart(opened):
    document = pymupdf.open()
    document.new_page().insert_htmlbox((50, 50, 400, 200), "<p>o\ufb03ce \ufb01nds</p>")
    assert opened(document).page(1).marks().text == ["office", "finds"]


def test_rules_and_pictures_are_seen_in_the_same_pass(opened):
    document = written((50, 100, "text"))
    document[0].draw_line((50, 200), (350, 200), width=1)
    picture = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 8, 8))
    picture.clear_with(90)
    document[0].insert_image(pymupdf.Rect(100, 300, 200, 400), pixmap=picture)
    marks = opened(document).page(1).marks()
    assert marks.vectors.shape == (1, 4)
    assert marks.vectors[0, [0, 2]].tolist() == pytest.approx([50, 350], abs=2)
    assert marks.pictures.round().tolist() == [[100, 300, 200, 400]]
    assert marks.text == ["text"]


def test_an_empty_page_has_no_marks(opened):
    assert len(opened(written()).page(1).marks()) == 0


def test_a_page_is_rendered_at_the_side_asked_for(opened):
    bitmap = opened(written((50, 100, "text"))).page(1).render(300)
    assert bitmap.shape == (300, 200, 3)
    assert bitmap.dtype == np.uint8
    assert bitmap[0, 0].tolist() == [255, 255, 255]


def test_the_title_is_that_of_the_metadata(opened):
    document = written((50, 100, "text"))
    document.set_metadata({"title": " Annual report "})
    assert opened(document).title == "Annual report"
    assert opened(written((50, 100, "text"))).title is None


ENCRYPTED = {"encryption": pymupdf.PDF_ENCRYPT_AES_256, "owner_pw": "owner", "user_pw": "user"}


def test_an_encrypted_file_opens_with_its_password(opened):
    assert opened(written((50, 100, "secret")), "user", **ENCRYPTED).page(1).marks().text == ["secret"]


def test_an_encrypted_file_wants_a_password(opened):
    with pytest.raises(PasswordRequired):
        opened(written((50, 100, "secret")), **ENCRYPTED)


def test_a_wrong_password_is_told_from_a_missing_one(opened):
    with pytest.raises(WrongPassword):
        opened(written((50, 100, "secret")), "guess", **ENCRYPTED)


def test_a_file_encrypted_only_against_changes_opens_without_a_password(opened):
    assert opened(written((50, 100, "open")), **{**ENCRYPTED, "user_pw": ""}).page(1).marks().text == ["open"]


@pytest.mark.parametrize("content", [b"%PDF-1.7\nnothing more", b"not a PDF at all", b"%PDF-1.7\n" + bytes(2_000)])
def test_what_is_no_pdf_is_damaged_or_has_no_pages(opened, content):
    try:
        count = opened(content).page_count
    except DamagedFile:
        count = 0
    assert count == 0


def test_nothing_is_written_to_stderr(opened, capfd):
    with pytest.raises(DamagedFile):
        opened(b"%PDF-1.7\nxref\nbroken").page(1)
    assert capfd.readouterr().err == ""


def test_a_file_cut_short_is_repaired_as_far_as_it_goes(opened):
    whole = written((50, 100, "first words")).tobytes()
    assert opened(whole[: len(whole) - 40]).page(1).marks().text == ["first", "words"]


def test_the_source_need_not_stay_open(opened):
    pdf = opened(written((50, 100, "still here")))
    assert pdf.page(1).marks().text == ["still", "here"]


def test_hebrew_with_latin_words_and_figures_is_read_as_it_is_displayed(opened):
    document = pymupdf.open()
    text = "שלום עולם Windows Server 2019 בדיקה (טובה) 50%"
    document.new_page(width=600, height=300).insert_htmlbox((50, 50, 550, 200), f'<p dir="rtl">{text}</p>')
    assert " ".join(opened(document).page(1).marks().text) == text
