"""A cell is found where the row of an object crosses the column of its property."""

from decimal import Decimal

import pytest

from pipeline.extraction.extract import extract_by_rules
from pipeline.extraction.rules import fields
from pipeline.extraction.rules.tokens import keys

LABEL = """
                 Oat biscuits
Typical values     Per 100 g        Per biscuit
Energy             1960 kJ          245 kJ
Fat                20.5g            2.6g
of which sugars    18 g             2.2 g
Salt               0,8 g            0,1 g
"""
DAILY = """
Amount per serving        % Daily value
Total fat 12g             18%
Sodium 470mg              20%
Protein 5g
"""


def _schema(**objects):
    return {
        "type": "object",
        "properties": {
            name: {
                "type": "object",
                "properties": {leaf: {"type": "string" if leaf == "unit" else "number"} for leaf in leaves},
            }
            for name, leaves in objects.items()
        },
    }


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("fat", "per_100_g", "20.5"),
        ("fat", "per_biscuit", "2.6"),
        ("energy", "per_biscuit", "245"),
        ("salt", "per_100_g", "0.8"),
        ("fat", "per_box", None),
        ("fibre", "per_biscuit", None),
    ],
)
def test_row_and_column_are_named_by_the_schema(drawn, row, column, value):
    data = extract_by_rules(drawn(LABEL), _schema(**{row: [column]})).data
    assert data.get(row, {}).get(column) == (None if value is None else Decimal(value))


def test_a_figure_in_the_labels_own_text_stands_under_its_heading_and_has_its_unit(drawn):
    data = extract_by_rules(drawn(DAILY), _schema(sodium=["per_serving", "daily_value", "unit"])).data
    assert data == {"sodium": {"per_serving": Decimal(470), "daily_value": Decimal(20), "unit": "mg"}}


def test_an_empty_cell_stays_empty(drawn):
    data = extract_by_rules(drawn(DAILY), _schema(protein=["per_serving", "daily_value"])).data
    assert data == {"protein": {"per_serving": Decimal(5)}}


def test_a_long_label_is_taken_to_words_once(drawn, monkeypatch):
    taken = []
    monkeypatch.setattr(fields, "keys", lambda text: taken.append(text) or keys(text))
    drawing = DAILY.replace("Sodium", "Sodium " + "of which " * 30)
    schema = _schema(sodium=["per_serving", "daily_value", "unit"], protein=["per_serving", "daily_value"])
    assert extract_by_rules(drawn(drawing), schema).data["protein"] == {"per_serving": Decimal(5)}
    assert len(taken) == len(set(taken))


def test_a_name_without_words_is_no_row(drawn):
    assert extract_by_rules(drawn(DAILY), _schema(**{"-": ["per_serving"]})).data == {}
