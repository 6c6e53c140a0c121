"""Reading forms as they arrive."""

import pytest

from api.http.multipart import MAX_FIELD_BYTES, MultipartReader, boundary_of
from pipeline.errors import InvalidRequest, LimitExceeded

BOUNDARY = b"frontier"


def part(name: str, value: bytes, filename: str | None = None) -> bytes:
    shown = "" if filename is None else f'; filename="{filename}"'
    return f'--frontier\r\nContent-Disposition: form-data; name="{name}"{shown}\r\n\r\n'.encode() + value + b"\r\n"


END = b"--frontier--\r\n"


def read(body: bytes, step: int = 1 << 20) -> tuple[MultipartReader, bytes]:
    reader = MultipartReader(BOUNDARY, ("schema", "metadata"))
    file = b""
    for start in range(0, len(body), step):
        reader.feed(body[start : start + step])
        file += reader.take_file_bytes() or b""
    return reader, file


@pytest.mark.parametrize("step", [1, 2, 7, 1 << 20])
def test_a_form_is_read_however_it_is_cut_into_pieces(step):
    content = b"a\r\n--fronti\x00er\r\n-" * 50
    body = part("schema", b"invoice") + part("file", content, "a b.pdf") + part("metadata", b"") + END
    reader, file = read(body, step)
    assert file == content
    assert reader.file_name == "a b.pdf"
    assert reader.fields() == {"schema": "invoice"}
    assert reader.ended


def test_a_body_that_was_cut_has_not_ended():
    reader, _ = read(part("file", b"abc", "a") + b"--frontier")
    assert not reader.ended


def test_pieces_of_the_file_wait_until_they_are_worth_a_write():
    reader = MultipartReader(BOUNDARY, ())
    reader.feed(part("file", b"x" * 10, "a") + END)
    assert reader.take_file_bytes(11) is None
    assert reader.take_file_bytes(10) == b"x" * 10
    assert reader.take_file_bytes() is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (part("colour", b"red"), "unknown field 'colour'"),
        (part("schema", b"a") + part("schema", b"b"), "comes twice"),
        (part("file", b"a", "a") + part("file", b"b", "b"), "comes twice"),
        (b"--frontier\r\nContent-Type: text/plain\r\n\r\nabc\r\n", "no name"),
        (b"no form at all", "malformed"),
        (b"--frontier\r\nContent\x00: a\r\n\r\n", "malformed"),
    ],
)
def test_a_form_with_a_fault_is_refused_by_what_is_wrong(body, said):
    with pytest.raises(InvalidRequest, match=said):
        read(body + END)


def test_a_field_too_long_is_refused_while_it_arrives():
    with pytest.raises(LimitExceeded) as refused:
        read(part("schema", b"x" * (MAX_FIELD_BYTES + 1)), step=65_536)
    assert refused.value.facts["field"] == "schema"


@pytest.mark.parametrize("value", [b"\xff\xfe", b"a\x00b"])
def test_a_field_that_is_no_text_is_refused(value):
    reader, _ = read(part("metadata", value) + END)
    with pytest.raises(InvalidRequest) as refused:
        reader.fields()
    assert refused.value.facts["field"] == "metadata"


@pytest.mark.parametrize("header", ["", "application/json", "multipart/form-data", "multipart/mixed; boundary=x"])
def test_only_a_form_with_a_boundary_is_taken(header):
    with pytest.raises(InvalidRequest, match="multipart/form-data"):
        boundary_of(header)


def test_a_boundary_longer_than_the_standard_allows_is_refused():
    with pytest.raises(InvalidRequest, match="boundary"):
        MultipartReader(b"x" * 300, ())
