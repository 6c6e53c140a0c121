"""Labels point at values of the right kind."""

import pytest

from pipeline.extraction.merging import choose
from pipeline.extraction.rules.fields import bare_hits, early_dates, labelled_hits

HEADINGS = """
Klant      Order      Factuur datum   Factuur      Vervaldatum
17         18         8-9-2022        VF100519     22-9-2022
"""
TEXT, NUMBER, DATE = {"type": "string"}, {"type": "number"}, {"type": "string", "format": "date"}


@pytest.fixture
def best(drawn, case_of):
    def find(drawing, name, schema=TEXT, *, rule=labelled_hits):
        case = case_of(drawn(drawing), {name: schema})
        choice = choose(rule(case.view, case.targets[0]))
        return None if choice is None else str(choice.candidate.value)

    return find


@pytest.mark.parametrize(
    ("drawing", "name", "schema", "value"),
    [
        ("Invoice number:   LW-17", "invoice_number", TEXT, "LW-17"),
        ("Handelsrechnung Nr. TX-471102 vom 30.10.2018", "invoice_number", TEXT, "TX-471102"),
        ("Facture n°562044387 du 02 Juillet 2015", "invoice_number", TEXT, "562044387"),
        ("Facture FA-2017-0009", "invoice_number", TEXT, "FA-2017-0009"),
        ("Mietrechnung (387)   Nr. 93141/00/M   vom   01.10.2018", "invoice_number", TEXT, "93141/00/M"),
        ("Facture n°562044387 du 02 Juillet 2015", "invoice_date", DATE, "2015-07-02"),
        ("Rechnungsdatum   11. März 2014", "invoice_date", DATE, "2014-03-11"),
        ("Fecha de vencimiento: 12 de marzo de 2020", "due_date", DATE, "2020-03-12"),
        (HEADINGS, "invoice_number", TEXT, "VF100519"),
        (HEADINGS, "due_date", DATE, "2022-09-22"),
        ("Totaal   € 717,97", "total", NUMBER, "717.97"),
        ("Montant TTC : 29.99 €", "total", NUMBER, "29.99"),
        ("Purchase order:   PO-7781", "order_number", TEXT, "PO-7781"),
        ("Policy holder: Erika Muster", "policy_holder", TEXT, "Erika Muster"),
        ("Paid: yes", "paid", {"type": "boolean"}, "True"),
        ("Pages   12", "pages", {"type": "integer"}, "12"),
    ],
)  # fmt: skip
def test_a_label_points_at_its_value(best, drawing, name, schema, value):
    assert best(drawing, name, schema) == value


def test_the_due_date_is_not_the_date(best):
    assert best("Due date: 1 May 2024\nDate: 3 April 2024", "invoice_date", DATE) == "2024-04-03"


def test_a_kind_of_document_is_a_label_only_for_an_unmistakable_number(best):
    assert best("Invoice for services in May", "invoice_number") is None
    assert best("Invoice   3 May 2024", "invoice_number") is None


def test_a_label_inside_a_sentence_wants_its_value_right_behind(best):
    assert best("we will refund the total of your order within 14 days", "total", NUMBER) is None


def test_of_amounts_under_a_label_the_sum_is_the_total(best):
    assert best("Net        Total\n10.00      11.90\n20.00      23.80\n30.00      35.70", "total", NUMBER) == "35.70"


def test_rows_of_tables_hold_no_labels_of_fields(drawn, case_of):
    case = case_of(drawn("Total   5.00\nTotal   7.00"), {"total": NUMBER})
    case.view.tables.add(0)
    assert {str(hit.value) for hit in labelled_hits(case.view, case.targets[0])} == {"7.00"}


def test_doubt_of_the_ocr_lowers_the_score(drawn, case_of):
    scores = []
    for confidence in (None, 0.5):
        case = case_of(drawn("Total: 5.00", confidence=confidence), {"total": NUMBER})
        scores.append(labelled_hits(case.view, case.targets[0])[0].score)
    assert scores[1] < scores[0]


def test_values_with_a_form_of_their_own_need_no_label(best):
    iban = {"type": "string", "x-sheaf-type": "iban"}
    assert (
        best("pay to DE89 3704 0044 0532 0130 00 please", "account", iban, rule=bare_hits) == "DE89370400440532013000"
    )
    assert best("call 711 50885524", "phone", TEXT, rule=bare_hits) is None


def test_a_date_without_label_counts_near_the_beginning_unless_it_is_another_one(best):
    drawing = "Berlin, 04.07.2023\nLieferdatum:   30.06.2023"
    assert best(drawing, "invoice_date", DATE, rule=early_dates) == "2023-07-04"
