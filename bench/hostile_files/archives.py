"""Hostile Office files: archives that unfold, overlap or lead elsewhere, and XML that refers to itself or to others."""

import io
import struct
import zipfile
from collections.abc import Iterator

from bench.hostile_files.made import MIB, HostileFile, deflated_zeros

OFFICE = "application/vnd.openxmlformats-officedocument."
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

Entries = list[tuple[str, bytes]]


def packed(entries: Entries, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return out.getvalue()


def package(part: str, kind: str) -> Entries:
    """What makes an archive an Office file: its list of types, and where the main part is."""
    types = (
        f'<Types xmlns="{PACKAGE}content-types"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/{part}" ContentType="{OFFICE}{kind}.main+xml"/></Types>'
    )
    target = f'<Relationship Id="r1" Type="{RELATIONS}/officeDocument" Target="{part}"/>'
    relations = f'<Relationships xmlns="{PACKAGE}relationships">{target}</Relationships>'
    return [("[Content_Types].xml", types.encode()), ("_rels/.rels", relations.encode())]


def docx(document: bytes, more: Entries | None = None) -> bytes:
    """A DOCX with this main part."""
    head = package("word/document.xml", "wordprocessingml.document")
    return packed([*head, ("word/document.xml", document), *(more or [])])


def body(inner: bytes, before: bytes = b"") -> bytes:
    """The XML of a Word document."""
    return before + b'<w:document xmlns:w="%b"><w:body>%b</w:body></w:document>' % (WORD.encode(), inner)


def xlsx(sheet: bytes, strings: bytes | None = None) -> bytes:
    """An XLSX with this sheet."""
    head = package("xl/workbook.xml", "spreadsheetml.sheet")
    named = '<sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets>'
    workbook = f'<workbook xmlns="{SHEET}" xmlns:r="{RELATIONS}">{named}</workbook>'
    links = f'<Relationship Id="r1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
    if strings is not None:
        links += f'<Relationship Id="r2" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
    entries = [
        *head,
        ("xl/workbook.xml", workbook.encode()),
        (
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}relationships">{links}</Relationships>'.encode(),
        ),
        ("xl/worksheets/sheet1.xml", sheet),
    ]
    return packed(entries if strings is None else [*entries, ("xl/sharedStrings.xml", strings)])


def sheet(rows: bytes, dimension: bytes = b"A1") -> bytes:
    """The XML of a sheet."""
    head = b'<worksheet xmlns="%b"><dimension ref="%b"/><sheetData>' % (SHEET.encode(), dimension)
    return head + rows + b"</sheetData></worksheet>"


def numbered_rows(count: int) -> bytes:
    """Rows of ten numbers."""
    row = b'<row r="%d">' + b"<c><v>%d</v></c>" * 10 + b"</row>"
    return b"".join(row % (n, *([n] * 10)) for n in range(1, count + 1))


def inflating(name: str, size: int) -> bytes:
    """A DOCX with an entry that inflates to that many zero bytes; made without holding them."""
    small = docx(body(b""), [(name, b"\x00")])
    raw = deflated_zeros(size)[2:-4]
    local = small.index(name.encode()) - 30
    head, length = small[:local], len(name)
    crc, sizes = 0, struct.pack("<II", len(raw), size)
    entry = b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(4) + struct.pack("<I", crc) + sizes
    entry += struct.pack("<HH", length, 0) + name.encode() + raw
    directory = small[small.index(b"PK\x01\x02") : small.index(b"PK\x05\x06")]
    at = directory.rindex(b"PK\x01\x02")
    last = bytearray(directory[at:])
    last[16:28] = struct.pack("<I", crc) + sizes
    last[10:12] = struct.pack("<H", 8)
    whole = directory[:at] + bytes(last)
    count = whole.count(b"PK\x01\x02")
    place = len(head) + len(entry)
    return head + entry + whole + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(whole), place, 0)


def overlapping() -> bytes:
    """Every entry's bytes are those of the first."""
    data = bytearray(docx(body(b"<w:p/>"), [(f"word/media/{n}.bin", b"\x00" * 999) for n in range(200)]))
    at = first = data.index(b"PK\x01\x02")
    while (at := data.find(b"PK\x01\x02", at + 4)) > 0:
        data[at + 42 : at + 46] = data[first + 42 : first + 46]
    return bytes(data)


def entities() -> bytes:
    """A thousand million laughs."""
    lines = [b'<!ENTITY l0 "lol">']
    lines += [b'<!ENTITY l%d "%b">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10)]
    return body(b"<w:p><w:r><w:t>&l9;</w:t></w:r></w:p>", b"<!DOCTYPE w [%b]>" % b"".join(lines))


def external_entity() -> bytes:
    """Wants to read a file of the machine and to call somebody."""
    before = b'<!DOCTYPE w [<!ENTITY f SYSTEM "file:///etc/passwd"><!ENTITY n SYSTEM "http://127.0.0.1:9/">]>'
    return body(b"<w:p><w:r><w:t>&f;&n;</w:t></w:r></w:p>", before)


def nested_tables(depth: int) -> bytes:
    """Tables in tables."""
    return body(b"<w:tbl><w:tr><w:tc>" * depth + b"<w:p/>" + b"</w:tc></w:tr></w:tbl>" * depth)


def archives() -> Iterator[HostileFile]:
    """The family."""
    paragraph = b"<w:p><w:r><w:t>x</w:t></w:r></w:p>"
    encrypted = bytearray(docx(body(paragraph)))
    encrypted[encrypted.rindex(b"PK\x01\x02") + 8] |= 1
    many = [(f"word/media/{n}.png", b"") for n in range(2_001)]
    strings = (
        b'<sst xmlns="%b">' % SHEET.encode() + b"".join(b"<si><t>%d</t></si>" % n for n in range(400_000)) + b"</sst>"
    )
    spans = b'<row r="1">' + b'<c r="XFD1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    for name, data, why in (
        ("bomb.docx", inflating("word/media/bomb.bin", 1500 * MIB), "1.5 gigabytes in one and a half megabytes"),
        ("entities.docx", docx(entities()), "a thousand million laughs"),
        ("external.docx", docx(external_entity()), "an entity that is a file of the machine"),
        ("traversal.docx", docx(body(paragraph), [("../../../../tmp/evil", b"x")]), "an entry that leads out"),
        ("overlap.docx", overlapping(), "two hundred entries over the same bytes"),
        ("entries.docx", docx(body(paragraph), many), "more than two thousand entries"),
        ("encrypted.docx", bytes(encrypted), "an encrypted entry"),
        ("nested-tables.docx", docx(nested_tables(5_000)), "five thousand tables in each other"),
        ("many-paragraphs.docx", docx(body(paragraph * 200_000)), "two hundred thousand paragraphs"),
        ("truncated.docx", docx(body(paragraph * 500))[:-200], "cut before its directory"),
        ("broken-xml.docx", docx(b"<w:document"), "XML that does not end"),
        ("span.xlsx", xlsx(sheet(spans, b"A1:XFD1048576")), "two cells, seventeen thousand million apart"),
        ("rows.xlsx", xlsx(sheet(numbered_rows(100_000))), "a million numbers"),
        (
            "strings.xlsx",
            xlsx(sheet(b'<row><c t="s"><v>99999999</v></c></row>'), strings),
            "a string that is not there",
        ),
        (
            "no-slides.pptx",
            packed([*package("ppt/p.xml", "presentationml.presentation"), ("ppt/p.xml", b"<p/>")]),
            "no slide",
        ),
        ("plain.zip", packed([("a/b.txt", b"x")]), "an archive that is no document"),
    ):
        yield HostileFile(name=name, data=data, why=why)
