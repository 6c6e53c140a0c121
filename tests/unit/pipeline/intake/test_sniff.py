"""What a file is, by its content."""

import io
import random
import zipfile

import pytest

from pipeline.errors import DamagedFile, EmptyFile, UnsupportedType
from pipeline.intake.sniff import MEDIA_TYPES, sniff

OFFICE = "application/vnd.openxmlformats-officedocument."


def of(data, name="upload"):
    return sniff(io.BytesIO(data), name)


def refused(data, name="upload"):
    with pytest.raises(UnsupportedType) as caught:
        of(data, name)
    return caught.value.facts["detected"]


def archive(**entries):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in entries.items():
            made.writestr(name, data)
    return file.getvalue()


def office(main):
    types = f'<Types><Override PartName="/x" ContentType="application/vnd.{main}"/></Types>'
    return archive(**{"[Content_Types].xml": types})


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\xef\xbb\xbf\n %PDF-1.4\n", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"II*\x00\x08\x00\x00\x00", "image/tiff"),
        (b"MM\x00*", "image/tiff"),
        (b"BM\x00\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00", "image/bmp"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"RF64\xff\xff\xff\xffWAVEds64", "audio/wav"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "image/heic"),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic", "image/heic"),
        (b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00isommp42", "audio/mp4"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isomavc1", "video/mp4"),
        (b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ", "video/mp4"),
        (b"\x00\x00\x10\x00moov", "video/mp4"),
        (b"fLaC\x00\x00\x00\x22", "audio/flac"),
        (b"OggS\x00\x02", "audio/ogg"),
        (b"\xff\xfb\x90\x64\x00", "audio/mpeg"),
        (b"\xff\xf1\x50\x80\x00", "audio/aac"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x02\x00\x00\xff\xfb\x90\x64", "audio/mpeg"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x02\x00\x00fLaC", "audio/flac"),
    ],
)
def test_a_signature_decides_whatever_the_name_says(head, media_type):
    assert of(head, "lie.txt") == media_type


@pytest.mark.parametrize(
    ("data", "detected"),
    [
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "application/postscript"),
        (b"\xc5\xd0\xd3\xc6\x1e\x00\x00\x00", "application/postscript"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml"),
        (b"<!-- drawn -->\n<svg onload='x()'>", "image/svg+xml"),
        (b"#EXTM3U\nfile:///etc/passwd\n", "application/x-playlist"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "application/x-playlist"),
        (b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011">', "application/x-playlist"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
        (b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1", "image/avif"),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1avif", "image/avif"),
        (b"\x1a\x45\xdf\xa3", "video/webm"),
        (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
        (b"\x7fELF\x02", "application/x-executable"),
        (b"From ada@example.org Mon Jan  1 00:00:00 2024\nFrom: ada\n\nHi", "application/mbox"),
        (b"some text\x00with zero bytes", "application/octet-stream"),
    ],
)
def test_what_is_not_read_is_refused_by_its_name(data, detected):
    assert refused(data, "invoice.pdf") == detected


def test_a_refusal_says_what_to_do():
    with pytest.raises(UnsupportedType, match="PostScript file, which is a program; make a PDF of it"):
        of(b"%!PS-Adobe-3.0\n")


def test_an_empty_file_is_said_to_be_empty():
    with pytest.raises(EmptyFile):
        of(b"")


def test_noise_is_nothing():
    assert refused(random.Random(1).randbytes(9000)) == "application/octet-stream"


@pytest.mark.parametrize(
    ("text", "name", "media_type"),
    [
        ("Dear Ada,\nthe meeting is on Monday.", "letter", "text/plain"),
        ("# Title\n\n- point", "notes.md", "text/markdown"),
        ("# Title\n\n- point", "notes.txt", "text/plain"),
        ("a,b\n1,2\n", "rows.csv", "text/plain"),
        ("<!DOCTYPE html><html><body>Hi", "page.txt", "text/html"),
        ("<!-- saved --><HTML>", "page", "text/html"),
        ('<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml">', "page", "text/html"),
        ("plain words with <b>one</b> tag", "page.html", "text/html"),
        ("plain words with <b>one</b> tag", "page.txt", "text/plain"),
        ("no tags at all, 1 < 2", "page.html", "text/plain"),
        ("Received: from a\nFrom: ada\nSubject: x\n\nHi", "x.txt", "message/rfc822"),
        ("From: ada@example.org\nSubject: x\n\nHi", "x", "message/rfc822"),
        ("Subject: only\n\nHi", "x.eml", "message/rfc822"),
        ("From: Ada\nTo: all\nDate: today\n\nMemo", "memo.txt", "text/plain"),
        ("Note: this is no header", "x", "text/plain"),
        ('<?xml version="1.0"?><order/>', "order.xml", "text/plain"),
    ],
)
def test_among_texts_the_suffix_breaks_ties(text, name, media_type):
    assert of(text.encode(), name) == media_type


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252", "utf-16-be"])
def test_text_is_text_in_any_encoding_that_can_be_told(encoding):
    data = ("\ufeff" if encoding == "utf-16-be" else "").encode(encoding) + "Grüße aus Köln\n".encode(encoding)
    assert of(data) == "text/plain"


def test_a_character_cut_at_the_end_of_the_head_does_not_make_text_binary():
    assert of(b"x" * 8191 + "é".encode() * 10) == "text/plain"


@pytest.mark.parametrize(
    ("main", "media_type"),
    [
        ("openxmlformats-officedocument.wordprocessingml.document.main+xml", "wordprocessingml.document"),
        ("openxmlformats-officedocument.presentationml.presentation.main+xml", "presentationml.presentation"),
        ("openxmlformats-officedocument.spreadsheetml.sheet.main+xml", "spreadsheetml.sheet"),
        ("ms-excel.sheet.macroEnabled.main+xml", "spreadsheetml.sheet"),
    ],
)
def test_office_files_are_told_by_their_main_part(main, media_type):
    assert of(office(main), "x.zip") == OFFICE + media_type


@pytest.mark.parametrize(
    ("data", "detected"),
    [
        (office("ms-word.document.macroEnabled.main+xml"), "application/x-ooxml"),
        (archive(mimetype="application/vnd.oasis.opendocument.text"), "application/vnd.oasis.opendocument.text"),
        (archive(mimetype="<script>"), "application/zip"),
        (archive(**{"a.txt": "x"}), "application/zip"),
        (archive(), "application/zip"),
        (archive(**{"META-INF/MANIFEST.MF": ""}), "application/java-archive"),
    ],
)
def test_other_archives_are_refused_by_their_name(data, detected):
    assert refused(data, "x.docx") == detected


def test_an_archive_cut_short_is_damaged():
    with pytest.raises(DamagedFile):
        of(office("openxmlformats-officedocument.wordprocessingml.document.main+xml")[:-30])


def test_a_polyglot_is_what_it_begins_with():
    pdf, zipped = b"%PDF-1.4\n%%EOF\n", archive(**{"a.txt": "x"})
    assert of(pdf + zipped) == "application/pdf"
    assert of(b"GIF89a" + pdf) == "image/gif"
    assert of(b"<html><!-- %PDF-1.4 -->" + pdf.replace(b"%%EOF", b"")) == "text/html"


def test_a_text_about_pdf_is_a_text_and_a_pdf_with_a_foreign_head_is_a_pdf():
    about = b"A PDF begins with %PDF-1.7 and a comment.\n"
    assert of(about) == "text/plain"
    assert of(b"HTTP/1.1 200 OK\r\n\r\n%PDF-1.7\n...\nstartxref\n0\n%%EOF\n") == "application/pdf"


def test_the_source_is_left_at_its_beginning():
    source = io.BytesIO(b"%PDF-1.7\n")
    source.seek(4)
    sniff(source, "x")
    assert source.tell() == 0


def test_every_accepted_type_is_one_of_the_list():
    assert of(b"%PDF-1.7\n") in MEDIA_TYPES
    assert len(MEDIA_TYPES) == 23
