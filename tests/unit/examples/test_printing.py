from decimal import Decimal
from io import StringIO

import pytest
from rich.console import Console

from examples.demo.comparison import Difference
from examples.demo.printing import data_lines, place_name, show_answer, show_differences, show_result

PLACE = {"kind": "page", "page": 1, "boxes": [[0.1, 0.2, 0.3, 0.4]], "quote": "12.50"}


def field(value: object, *places: dict) -> dict:
    return {"value": value, "evidence": list(places)}


def console() -> Console:
    return Console(file=StringIO(), width=200)


def printed(to: Console) -> str:
    return to.file.getvalue()


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (PLACE, "page 1 [0.100 0.200 0.300 0.400]"),
        ({"kind": "time", "start": Decimal("12.44"), "end": 15.0, "quote": ""}, "12.4 to 15.0 s"),
        ({"kind": "cell", "sheet": "Prices", "ref": "B7", "quote": ""}, "sheet Prices, cell B7"),
        ({"kind": "text", "start": 3, "end": 9, "quote": "", "section": "A > B"}, "characters 3 to 9 in A > B"),
        ({"kind": "embedded", "source": "factur-x.xml", "path": "/a/b", "quote": ""}, "factur-x.xml /a/b"),
    ],
)
def test_every_kind_of_place_has_a_name(place: dict, name: str) -> None:
    assert place_name(place) == name


def test_a_value_is_shown_as_json_with_the_decimals_of_the_document() -> None:
    (line,) = data_lines({"fields": {"/total": field(Decimal("40.00"), PLACE)}})
    assert "/total: 40.00" in line
    assert "“12.50”" in line


def test_a_row_is_one_line_with_one_box_around_it() -> None:
    low = PLACE | {"boxes": [[0.5, 0.25, 0.9, 0.45]]}
    fields = {
        "/items/0/name": field("bread", PLACE),
        "/items/0/amount": field(Decimal("3.20"), low),
        "/items/1/name": field("x"),
    }
    first, second = data_lines({"fields": fields})
    assert '/items/0 {"name": "bread", "amount": 3.20}' in first
    assert "0.100 0.200 0.900 0.450" in first
    assert "no place" in second


def test_a_row_that_is_a_single_value_is_shown_as_such() -> None:
    (line,) = data_lines({"fields": {"/decisions/0": field("stop all boats", PLACE)}})
    assert '/decisions/0 "stop all boats"' in line


def test_a_result_is_shown_with_its_timings_webhook_and_summary() -> None:
    out = console()
    result = {
        "document": {"name": "a.pdf", "pages": 2, "seconds": None},
        "schema": {"name": "invoice", "version": 1},
        "status": "succeeded",
        "warnings": [{"message": "a [bracketed] note"}],
        "fields": {"/total": field(3, PLACE)},
        "summary": {"points": ["It costs 3."], "evidence": [PLACE]},
    }
    timed = {"timed": [{"name": "read", "seconds": 1.25}]}
    show_result(out, result, timed, seconds=2.0, event={"type": "job.succeeded"})
    text = printed(out)
    for part in (
        "invoice@1",
        "2 pages",
        "read 1.2 s",
        "job.succeeded received and verified",
        "[bracketed]",
        "It costs 3.",
    ):
        assert part in text


def test_an_answer_is_shown_with_its_citations() -> None:
    out = console()
    citation = {"document_name": "policy.md", "quote": "seven days", "evidence": [PLACE]}
    show_answer(out, {"question": "When?", "text": "After seven days.", "citations": [citation]})
    assert "[1] policy.md, page 1" in printed(out)


def test_differences_are_a_table() -> None:
    out = console()
    show_differences(out, [Difference(document="a.pdf", where="/total", expected="1", found="[2]")])
    assert all(part in printed(out) for part in ("a.pdf", "/total", "[2]"))
