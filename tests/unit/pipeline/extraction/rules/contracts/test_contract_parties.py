"""Where no first sentence names the parties, definitions, letterheads and signatures do."""

from pipeline.extraction.rules.contracts.parties import contract_parties


def _names(flow):
    return [(party.name, party.role) for party, _ in contract_parties(flow)]


def test_a_letter_agreement_names_them_by_definition_and_signature(flow_of):
    flow = flow_of(
        "Buckeye Technologies Inc.\n1001 Tillman Street",
        "Georgia Paper LLC (“Buyer”) has requested data on Buckeye Technologies Inc. (the “Company”) and others.",
        "Very truly yours,",
        "BUCKEYE TECHNOLOGIES INC. By: /s/ A. Name",
        "GEORGIA PAPER LLC By: /s/ B. Name",
    )
    assert sorted(_names(flow)) == [("Buckeye Technologies Inc.", "Company"), ("Georgia Paper LLC", "Buyer")]


def test_one_spelling_is_kept_for_one_party(flow_of):
    flow = flow_of("between Acme, Inc. (the “Seller”) and Beta LLC (the “Buyer”).", "ACME, INC. By: /s/ X")
    assert _names(flow) == [("Acme, Inc.", "Seller"), ("Beta LLC", "Buyer")]


def test_a_text_without_parties_has_none(flow_of):
    assert contract_parties(flow_of("Dear reader,", "nothing to see.")) == []


def test_what_leads_up_to_a_name_is_none_of_it(flow_of):
    flow = flow_of("Acme LLC (“Buyer”) has asked for non-public know-how regarding Beta Paper Inc. (the “Company”).")
    assert _names(flow) == [("Acme LLC", "Buyer"), ("Beta Paper Inc.", "Company")]


def test_a_legal_form_alone_is_no_party(flow_of):
    flow = flow_of(
        "I enter into this Agreement with Acme Pharmacy, Inc. (“Acme”).",
        "Disputes between Corporation and me, and between Company and others, are rare.",
    )
    assert _names(flow) == [("Acme Pharmacy, Inc.", "Acme")]


def test_a_plan_that_is_given_a_short_name_is_no_party(flow_of):
    flow = flow_of(
        "Under the Management Value Creation Plan (“Value Plan”) an executive of Acme LLP (the “Company”) agrees."
    )
    assert _names(flow) == [("Acme LLP", "Company")]


def test_who_acts_for_a_party_is_none(flow_of):
    flow = flow_of("Acme LLP (the “Company”) and its Representative, Morgan Bank & Co. Incorporated (“Morgan”), agree.")
    assert _names(flow) == [("Acme LLP", "Company")]
