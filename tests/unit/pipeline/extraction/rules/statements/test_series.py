"""One line of a statement becomes an array: a row for each period, with what the page says of unit and currency."""

from decimal import Decimal

import pytest

from pipeline.extraction.extract import extract_by_rules
from pipeline.extraction.rules.statements import series

ITEM = {
    "value": {"type": "number", "x-sheaf-type": "money"},
    "unit": {"type": "string", "enum": ["none", "thousands", "millions", "billions"]},
    "currency": {"type": "string", "x-sheaf-type": "currency"},
    "period_end": {"type": "string"},
    "months": {"type": "integer"},
}


def _schema(name: str, description: str = "") -> dict:
    array = {"type": "array", "items": {"type": "object", "properties": ITEM}}
    return {"type": "object", "properties": {name: {**array, "description": description} if description else array}}


ANNUAL = """
Marlow Instruments plc
Consolidated Income Statement
(in thousands of US$, except per share data)

                                               Year ended December 31,
                                  Note         2023         2022         2021

Revenues:
  Product                                    81,204       70,113       66,020
  Service                                    20,007       18,402       17,311
    Total revenues                  3       101,211       88,515       83,331
Cost of revenues                             44,010       40,002       39,001
Gross profit                                 57,201       48,513       44,330
"""
QUARTERS = """
Halbjahresbericht der Tannwald AG
Gewinn- und Verlustrechnung

Mio. €                             Q2 2022      Q2 2023      H1 2022      H1 2023    Veränderung %
Umsatzerlöse                         9.481       11.485       18.619       24.500            31,6
Herstellungskosten                  -3.507       -4.399       -6.416       -9.655            50,5
Bruttoergebnis vom Umsatz            5.974        7.086       12.203       14.845            21,7
"""
UNNAMED = """
Income statement, € million

                                  2020/21      2019/20
Net sales:
Machines                              310          290
Spare parts                            90           80
                                      400          370
Cost of sales                         210          200
"""


@pytest.mark.parametrize("name", ["revenues", "net_sales", "turnover"])
def test_the_total_is_taken_from_each_column_with_its_period(drawn, name):
    data = extract_by_rules(drawn(ANNUAL), _schema(name)).data
    rows = [(row["value"], row["period_end"], row["months"], row["unit"], row["currency"]) for row in data[name]]
    assert rows == [
        (Decimal(101211), "2023-12-31", 12, "thousands", "USD"),
        (Decimal(88515), "2022-12-31", 12, "thousands", "USD"),
        (Decimal(83331), "2021-12-31", 12, "thousands", "USD"),
    ]


def test_quarters_and_halves_stand_apart_and_a_change_is_no_period(drawn):
    data = extract_by_rules(drawn(QUARTERS), _schema("revenue")).data
    assert [(row["value"], row["period_end"], row["months"]) for row in data["revenue"]] == [
        (Decimal(9481), "2022-06-30", 3),
        (Decimal(11485), "2023-06-30", 3),
        (Decimal(18619), "2022-06-30", 6),
        (Decimal(24500), "2023-06-30", 6),
    ]
    assert {(row["unit"], row["currency"]) for row in data["revenue"]} == {("millions", "EUR")}


def test_a_sum_without_a_label_is_the_total_of_its_part(drawn):
    data = extract_by_rules(drawn(UNNAMED), _schema("sales")).data
    assert [(row["value"], row["period_end"]) for row in data["sales"]] == [
        (Decimal(400), "2021-12-31"),
        (Decimal(370), "2020-12-31"),
    ]


@pytest.mark.parametrize(
    ("name", "description", "values"),
    [
        ("gross_profit", "", [57201, 48513, 44330]),
        ("figures", "Cost of revenues, one row for each year", [44010, 40002, 39001]),
        ("service", "", [20007, 18402, 17311]),
    ],
)
def test_any_line_may_be_asked_for_by_name_or_description(drawn, name, description, values):
    data = extract_by_rules(drawn(ANNUAL), _schema(name, description)).data
    assert [row["value"] for row in data[name]] == [Decimal(value) for value in values]


def test_every_cell_points_at_where_it_was_read(drawn):
    fields = extract_by_rules(drawn(ANNUAL), _schema("revenues")).fields
    quotes = {path: " ".join(place.quote for place in field.evidence) for path, field in fields.items()}
    assert quotes["/revenues/1/value"] == "88,515"
    assert quotes["/revenues/1/period_end"] == "2022 Year ended December 31,"
    assert quotes["/revenues/1/unit"] == "thousands"


def test_a_year_alone_is_less_sure_than_a_printed_last_day(drawn):
    dated = extract_by_rules(drawn(ANNUAL), _schema("revenues")).fields["/revenues/0/period_end"]
    bare = extract_by_rules(drawn(UNNAMED), _schema("sales")).fields["/sales/0/period_end"]
    assert bare.confidence < dated.confidence


def test_nothing_is_read_where_no_line_is_called_so(drawn):
    assert extract_by_rules(drawn(ANNUAL), _schema("goodwill")).data == {"goodwill": []}


def test_only_so_many_lines_are_tried_however_many_are_called_so(drawn, monkeypatch):
    tried = []
    monkeypatch.setattr(series, "period_cells", lambda _layout, row, _locale: tried.append(row.index) or [])
    monkeypatch.setattr(series, "unnamed_total", lambda *_: pytest.fail("no total is of use without periods"))
    drawing = "\n".join(f"Revenues of shop      {number:,}" for number in range(1000, 1300))
    assert extract_by_rules(drawn(drawing), _schema("revenues")).data == {"revenues": []}
    assert tried == list(range(series.MOST_TRIED))


@pytest.mark.parametrize(
    "prose", ["Revenue passenger miles fell", "Our rolling mill stood still", "It grew by $5 million"]
)
@pytest.mark.parametrize(
    "between", ["\n", "\nplain words\nof a report\non what was\ndone in all\nof its shops\nand yards\n"]
)
def test_prose_on_the_page_scales_no_figures(drawn, prose, between):
    drawing = prose + between + UNNAMED.replace(", € million", "")
    rows = extract_by_rules(drawn(drawing), _schema("sales")).data["sales"]
    assert [row.get("unit") for row in rows] == [None, None]
