"""Values of cells as text."""

from datetime import date, datetime, time, timedelta

import pytest

from pipeline.reading.office.cells import cell_text

MIDNIGHT = datetime(2024, 1, 31)  # noqa: DTZ001 - spreadsheets know no zones


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (1234.5, "General", "1234.5"),
        (12.0, "General", "12"),
        (0.1 + 0.2, "General", "0.3"),
        (1234.5, "#,##0.00", "1234.50"),
        (1234.567, "0.00", "1234.567"),
        (3, "0.00", "3.00"),
        (-0.5, "0", "-0.5"),
        (0, "0.00", "0.00"),
        (0.19, "0%", "19%"),
        (0.195, "0.0%", "19.5%"),
        (1234.5, '#,##0.00 "€"', "1234.50 €"),
        (1234.5, "#,##0.00 [$€-407]", "1234.50 €"),
        (1234.5, "[$$-409]#,##0.00", "$1234.50"),
        (-5, "[$$-409]#,##0.00;[Red]-[$$-409]#,##0.00", "-$5.00"),
        (7, '"CHF" 0.00', "CHF 7.00"),
        (7, "[$EUR] 0.00", "EUR 7.00"),
        (7, "$0.00", "$7.00"),
        (7, '0.00 "pieces"', "7.00"),
        (7, '"No. 0.00" 0', "7"),
        (12345, "0.00E+00", "12345"),
        (1e300, "0", "1" + "0" * 300),
        (1e-7, "General", "0.0000001"),
        (12345678901234567, "0", "12345678901234567"),
        (float("inf"), "0", "inf"),
        (5, "[[[[[", "5"),
        (5, None, "5"),
        (True, "General", "TRUE"),
        (False, "0.00", "FALSE"),
        (MIDNIGHT, "dd.mm.yy", "2024-01-31"),
        (MIDNIGHT.replace(hour=10, minute=5), "dd.mm.yy hh:mm", "2024-01-31T10:05:00"),
        (date(2024, 1, 31), "dd.mm.yy", "2024-01-31"),
        (time(9, 5), "hh:mm", "09:05:00"),
        (timedelta(hours=30, minutes=5), "[hh]:mm", "30:05:00"),
        ("text", "@", "text"),
        ("#REF!", "General", "#REF!"),
    ],
)
def test_a_value_is_shown_as_the_spreadsheet_would(value, number_format, text):
    assert cell_text(value, number_format) == text


def test_a_format_without_end_costs_no_time():
    assert cell_text(1, "[x" * 1_000_000) == "1"
