"""What is printed, whatever documents hold."""

from decimal import Decimal

import pytest

from api.cli import output
from api.cli.output import Output, cell, clean
from api.places import place


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ünïcode 東京 🧾", "plain, ünïcode 東京 🧾"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("\x1b[31mred\x1b[0m", "\ufffd[31mred\ufffd[0m"),
        ("\x9b31m", "\ufffd31m"),
        ("a\rb\x08c\x00d\x7f", "a\ufffdb\ufffdc\ufffdd\ufffd"),
        ("pay \u202eevil\u202c", "pay \ufffdevil\ufffd"),
    ],
)
def test_text_cannot_steer_the_terminal_or_hide_its_direction(text, shown):
    assert clean(text) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        (Decimal("1234.50"), "1234.50"),
        (Decimal("1E+3"), "1000"),
        ("[bold]x", "[bold]x"),
    ],
)
def test_a_value_stands_in_a_table_as_it_was_read(value, shown):
    assert cell(value).plain == shown


def test_a_word_that_names_a_state_is_coloured():
    assert (str(cell("failed").style), str(cell("Failed to deliver").style)) == ("red", "")


def test_json_is_printed_with_the_digits_of_the_document(capsys):
    Output(as_json=True).value({"total": Decimal("10.00")})
    assert capsys.readouterr().out == '{"total":10.00}\n'


@pytest.mark.parametrize("columns", [None, "80"], ids=["alone", "started from a terminal"])
def test_a_row_stays_one_line_where_nobody_looks_at_it(capsys, monkeypatch, columns):
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    Output(as_json=False).table(("File", "Note"), [["a" * 300, "b " * 100]])
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_an_id_is_never_cut_however_narrow_the_terminal_is(capsys, monkeypatch):
    monkeypatch.setattr(output, "PIPE_WIDTH", 60)
    id_ = "doc_" + "0123456789abcdef" * 2
    Output(as_json=False).table(("Document", "Name", "Type"), [[id_, "a-name-without-spaces.pdf", "x" * 80]])
    printed = capsys.readouterr().out
    assert id_ in printed
    assert "…" not in printed, "what does not fit is wrapped"
    cells = [line[36 + 2 :].split() for line in printed.splitlines()[1:]]
    assert "".join(line[0] for line in cells if len(line) == 2) == "a-name-without-spaces.pdf"
    assert "".join(line[-1] for line in cells) == "x" * 80, "nothing is lost"


def test_markup_of_a_document_is_text(capsys):
    out = Output(as_json=False)
    out.line("[red]not red[/red] and [unknown")
    out.table(("Name",), [["[/]"]])
    assert "[red]not red[/red] and [unknown" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("evidence", "shown"),
    [
        ({"kind": "page", "page": 3, "boxes": []}, "page 3"),
        ({"kind": "time", "start": Decimal("61.25"), "end": Decimal("70.0")}, "1:01.2 to 1:10.0"),
        ({"kind": "cell", "sheet": "Sales", "ref": "B7"}, "Sales!B7"),
        ({"kind": "text", "start": 12, "end": 20, "section": "Terms > Payment"}, "Terms > Payment"),
        ({"kind": "text", "start": 12, "end": 20, "section": None}, "character 12"),
        ({"kind": "embedded", "source": "factur-x.xml", "path": "/a"}, "factur-x.xml"),
    ],
)
def test_a_place_is_told_in_a_few_words(evidence, shown):
    assert place(evidence) == shown
