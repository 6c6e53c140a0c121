"""Reading `multipart/form-data` as it arrives: one file and a few small fields, with limits on everything.

`MultipartReader` does no input or output: bytes go in by `feed`, and what is ready to be written of the file comes out
by `take_file_bytes`, so that at most one piece of the file is in memory.
"""

from collections.abc import Collection

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from pipeline.errors import InvalidRequest, LimitExceeded

FILE_FIELD = "file"
MAX_FIELD_BYTES = 256 * 1024
MAX_FIELDS_BYTES = 512 * 1024
MAX_NAME_BYTES = 4_096


def boundary_of(content_type: str) -> bytes:
    """The boundary that a `Content-Type` names.

    Raises:
        InvalidRequest: it is not `multipart/form-data` with a boundary.
    """
    kind, parameters = parse_options_header(content_type)
    boundary = parameters.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise InvalidRequest("send the file as multipart/form-data, in a part named `file`", field="Content-Type")
    return boundary


class MultipartReader:
    """Takes a form apart. `fields` is the known names beside the file's; anything else is refused by name."""

    def __init__(self, boundary: bytes, fields: Collection[str]) -> None:
        self._known = frozenset(fields)
        self._values: dict[str, bytearray] = {}
        self._file = bytearray()
        self._header_name, self._header_value = bytearray(), bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._part: str | None = None
        self.file_name: str | None = None
        """As the client named it; `None` until the file's part has begun."""
        self.ended = False
        """Whether the last boundary has come."""
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin_part,
                    "on_part_data": self._add_data,
                    "on_header_field": lambda data, start, end: self._header_name.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._header_value.extend(data[start:end]),
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._open_part,
                    "on_end": self._end,
                },
            )
        except FormParserError as error:
            raise InvalidRequest(f"the multipart boundary cannot be used: {error}") from error

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the body.

        Raises:
            InvalidRequest: the body is malformed, or has a part that is not known or comes twice.
            LimitExceeded: a field is too long.
        """
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise InvalidRequest(f"the multipart body is malformed: {error}") from error

    def take_file_bytes(self, at_least: int = 0) -> bytes | None:
        """The bytes of the file that came since the last call; `None` while they are fewer than `at_least`."""
        if len(self._file) < max(1, at_least):
            return None
        taken = bytes(self._file)
        self._file.clear()
        return taken

    def fields(self) -> dict[str, str]:
        """The other parts as texts; empty ones are left out, as forms send them for what was not filled in.

        Raises:
            InvalidRequest: one is not UTF-8, or holds a NUL.
        """
        return {name: _text(name, value) for name, value in self._values.items() if value}

    def _begin_part(self) -> None:
        self._part = None
        self._headers = {}

    def _end_header(self) -> None:
        self._headers[bytes(self._header_name).lower()] = bytes(self._header_value)
        self._header_name.clear()
        self._header_value.clear()

    def _open_part(self) -> None:
        kind, parameters = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = parameters.get(b"name", b"").decode(errors="replace")
        if kind != b"form-data" or not name:
            raise InvalidRequest("a part of the form has no name")
        if name == FILE_FIELD:
            self._open_file(parameters.get(b"filename", b""))
        elif name not in self._known:
            known = ", ".join([FILE_FIELD, *sorted(self._known)])
            raise InvalidRequest(f"unknown field {name[:80]!r}; fields are {known}", field=name[:80])
        elif name in self._values:
            raise InvalidRequest(f"the field {name!r} comes twice", field=name)
        else:
            self._values[name] = bytearray()
        self._part = name

    def _open_file(self, raw_name: bytes) -> None:
        if self.file_name is not None:
            raise InvalidRequest("one file at a time: the field 'file' comes twice", field=FILE_FIELD)
        self.file_name = raw_name[:MAX_NAME_BYTES].decode(errors="replace")

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        assert self._part is not None
        if self._part == FILE_FIELD:
            self._file += data[start:end]
            return
        value = self._values[self._part]
        value += data[start:end]
        if len(value) > MAX_FIELD_BYTES or sum(map(len, self._values.values())) > MAX_FIELDS_BYTES:
            raise LimitExceeded(f"the field {self._part!r} is too long", field=self._part, limit=MAX_FIELD_BYTES)

    def _end(self) -> None:
        self.ended = True


def _text(name: str, value: bytearray) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"the field {name!r} is not UTF-8", field=name) from error
    if "\x00" in text:
        raise InvalidRequest(f"the field {name!r} holds the character NUL", field=name)
    return text
