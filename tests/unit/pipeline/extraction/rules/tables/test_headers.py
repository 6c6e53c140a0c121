"""Rows that name columns are found, over one line or several."""

import pytest

from pipeline.extraction.leaves import leaves
from pipeline.extraction.rules.tables.arrays import by_preference, column_book
from pipeline.extraction.rules.tables.headers import find_headers
from pipeline.extraction.rules.targets import make_target

LINES = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "position": {"type": "string"},
            "code": {"type": "string"},
            "description": {"type": "string"},
            "quantity": {"type": "number"},
            "unit_price": {"type": "number"},
            "tax_rate": {"type": "number"},
            "amount": {"type": "number"},
        },
    },
}


@pytest.fixture
def headers(drawn, case_of):
    def find(*drawings):
        case = case_of(drawn(*drawings), {"lines": LINES})
        targets = {
            target.key: target for target in (make_target(leaf, case.lexicon) for leaf in leaves(case.arrays[0].item))
        }
        wanted = {key: rank for rank, key in enumerate(by_preference(targets))}
        return find_headers(case.view.layout, column_book(targets.values(), case.lexicon), wanted)

    return find


def _columns(header):
    return [(column.owners[0].rsplit("/", 1)[-1] if column.owners else None, column.text) for column in header.columns]


def test_each_heading_names_its_column(headers):
    (header,) = headers("Pos   Article   Description      Qty   Unit price   Amount")
    assert _columns(header) == [
        ("position", "Pos"), ("code", "Article"), ("description", "Description"), ("quantity", "Qty"),
        ("unit_price", "Unit price"), ("amount", "Amount"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "drawing",
    [
        "Beschreibung      Menge   Einzelpreis   Gesamt",
        "Désignation       Qté     PU HT         Montant HT",
        "Descripción       Cant.   Precio        Importe",
        "Descrizione       Q.tà    Prezzo        Importo",
        "Omschrijving      Aantal  Prijs         Bedrag",
    ],
)
def test_headings_are_known_in_six_languages(headers, drawing):
    (header,) = headers(drawing)
    assert [name for name, _ in _columns(header)] == ["description", "quantity", "unit_price", "amount"]


def test_headings_set_close_together_are_told_apart(headers):
    (header,) = headers("Description     Price   VAT Quantity   Amount")
    assert [name for name, _ in _columns(header)] == ["description", "unit_price", "tax_rate", "quantity", "amount"]


def test_a_heading_over_two_lines_is_read_together(headers):
    (header,) = headers("              Prix\nDescription   unitaire   Quantité   Montant")
    assert ("unit_price", "unitaire") in _columns(header)
    assert (header.first, header.last) == (0, 2)


def test_of_two_columns_of_one_name_the_last_has_it(headers):
    (header,) = headers("Description   Total   Qty   Total")
    assert _columns(header) == [
        ("description", "Description"),
        (None, "Total"),
        ("quantity", "Qty"),
        ("amount", "Total"),
    ]


def test_an_unknown_heading_keeps_its_column(headers):
    (header,) = headers("Description   Colour   Qty   Amount")
    assert _columns(header)[1] == (None, "Colour")


@pytest.mark.parametrize(
    "drawing",
    ["Total amount: 47.90   Date: 1 May", "the description of the amount that the buyer owes to us all", "Amount"],
)
def test_other_rows_are_no_headings(headers, drawing):
    assert headers(drawing) == []
