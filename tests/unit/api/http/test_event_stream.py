"""Server-sent events."""

from api.http.event_stream import encode


def test_an_event_has_a_name_and_one_line_of_data():
    assert encode("job", b'{"a": 1}') == b'event: job\ndata: {"a": 1}\n\n'


def test_a_line_break_in_data_does_not_end_the_event():
    assert encode("job", b'{"a":\n1}') == b'event: job\ndata: {"a": 1}\n\n'
