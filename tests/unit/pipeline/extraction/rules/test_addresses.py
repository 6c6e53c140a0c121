"""Lines of addresses are told by postal codes, streets and countries."""

import pytest

from pipeline.extraction.layout.build import build_layout
from pipeline.extraction.rules.addresses import address_runs, is_address_line, is_postal_line, join_address


@pytest.mark.parametrize(
    "text",
    [
        "40150 SELANGOR",
        "3012 CN Rotterdam",
        "Frisco, TX 75034",
        "D-99199 Musterhausen",
        "Port Elmsford PE4 1AB",
        "New Delhi - 110001",
        "8001 Zürich",
    ],
)
def test_a_postal_code_with_its_place_makes_a_postal_line(text):
    assert is_postal_line(text)


@pytest.mark.parametrize(
    "text",
    ["Kastanienweg 14", "13, JLN TASIK UTAMA 8", "35 rue de la République", "Germany", "Via Roma 1", "PO Box 12"],
)
def test_streets_and_countries_are_address_lines(text):
    assert is_address_line(text)


@pytest.mark.parametrize("text", ["Tel: 0711 508855", "info@example.org", "27 MAR 2018 18:46", "12.50", "Thank you"])
def test_other_lines_are_not(text):
    assert not is_address_line(text)


def _address(drawn, drawing):
    runs = [row.runs[0] for row in build_layout(drawn(drawing)).rows]
    return join_address([(run, 0, len(run.text)) for run in address_runs(runs)])


def test_an_address_runs_from_its_first_to_its_last_line(drawn):
    drawing = "Acme Ltd\n(88842-H)\nNo.50,Jalan PBS 14/11,\nKawasan Perindustrian,\nMASAI, JOHOR\nTel: 03-8941"
    assert _address(drawn, drawing) == "No.50,Jalan PBS 14/11, Kawasan Perindustrian, MASAI, JOHOR"


def test_lines_are_joined_with_commas(drawn):
    assert _address(drawn, "Kastanienweg 14\n20999 Hamburg\nGermany") == "Kastanienweg 14, 20999 Hamburg, Germany"


def test_one_doubtful_line_is_no_address(drawn):
    assert _address(drawn, "Acme\nBlock print\nmore") == ""


def test_a_line_with_a_date_ends_an_address(drawn):
    assert _address(drawn, "Kastanienweg 14, 20999 Hamburg\nseen 1/8/2022 at 11:44\n1 Mixed plate") == (
        "Kastanienweg 14, 20999 Hamburg"
    )


def test_a_number_at_the_end_of_a_line_is_no_address_by_itself(drawn):
    assert _address(drawn, "CHECK 30936") == ""
    assert _address(drawn, "Kastanienweg 14\nHamburg 20999") == "Kastanienweg 14, Hamburg 20999"


def test_lines_with_a_comma_over_an_address_begin_it(drawn):
    drawing = "Acme Sdn Bhd\nCAR PARK OFFICE,\nNorth Wing,\n47400 Petaling Jaya"
    assert _address(drawn, drawing) == "CAR PARK OFFICE, North Wing, 47400 Petaling Jaya"
    assert _address(drawn, "Tel. 03-8941,\n47400 Petaling Jaya") == "47400 Petaling Jaya"
