"""Results in the scorers' words."""

from bench.eval import fields
from pipeline.extraction.gate import check_schema


def test_an_invoice_has_the_scorers_names():
    data = {"total": 7, "seller": {"name": "A"}, "buyer": None, "line_items": [{}, {}], "partner_city": "Ghent"}
    found = fields.invoice_fields(data, ["partner_city"])
    assert {name: value for name, value in found.items() if value is not None} == {
        "total": 7, "issuer": "A", "line_count": 2, "partner_city": "Ghent",
    }  # fmt: skip
    assert set(fields.invoice_fields(None).values()) == {None}


def test_contracts_and_forms_have_them_too():
    contract = fields.contract_fields({"parties": [{"name": "A"}, {"name": None}], "governing_law": "Ohio"})
    assert (contract["party"], contract["jurisdiction"]) == (["A"], "Ohio")
    assert fields.form_fields({"pairs": [{"key": "To", "value": "B"}]}) == {
        "pairs": [{"question": "To", "answer": "B"}]
    }


def test_the_schemas_pass_the_gate():
    check_schema(fields.REVENUES)
    check_schema(fields.with_keys(fields.schema_named("invoice"), {"partner_city": "text", "date_start": "date"}))
    assert "partner_city" not in fields.schema_named("invoice")["properties"]
