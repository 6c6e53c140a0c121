from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.indexing.terms import MAX_LENGTH, document_terms, has_words, query_terms


def test_words_are_folded_stemmed_and_freed_of_stop_words() -> None:
    assert document_terms("The parties have terminated their Contracts.") == ["parti", "termin", "contract"]


@pytest.mark.parametrize("identifier", ["VF1005193039", "INV-2024-0042", "13.05.2024", "2024-05-13", "A4/B"])
def test_identifiers_and_dates_are_kept_whole(identifier: str) -> None:
    assert document_terms(f"see {identifier}.", "en")[1] == identifier.lower()


def test_parts_of_an_identifier_stand_beside_it() -> None:
    assert document_terms("INV-2024-0042") == ["inv-2024-0042", "inv", "2024", "0042"]


@pytest.mark.parametrize("number", ["1,234.50", "1.234,50", "1'234.5", "1234.5"])
def test_a_number_is_one_term_however_it_is_written(number: str) -> None:
    assert document_terms(number) == ["1234.5"]


def test_digits_are_never_stemmed() -> None:
    assert document_terms("100s 3D") == ["100s", "3d"]


def test_abbreviations_and_addresses_are_kept_whole() -> None:
    assert document_terms("U.S. AT&T jo.doe@acme.example")[:2] == ["us", "at&t"]
    assert "jo.doe@acme.example" in document_terms("jo.doe@acme.example")


def test_scripts_without_spaces_give_pairs() -> None:
    assert document_terms("契約日本") == ["契約", "約日", "日本"]
    assert document_terms("你") == ["你"]


def test_a_document_is_stemmed_in_its_language() -> None:
    text = "Die Verträge werden von den Parteien gekündigt und sind nicht zu verlängern."
    assert "vertrag" in document_terms(text)
    assert document_terms("Verträge", "de") == ["vertrag"]


def test_a_query_without_a_language_meets_documents_of_each() -> None:
    terms = query_terms("Verträge invoices")
    assert {"vertrag", "invoic"} <= set(terms)


def test_query_terms_are_distinct_and_may_be_none() -> None:
    assert query_terms("the total and the totals of the invoice") == ["total", "invoic"]
    assert query_terms("what is it?") == []


def test_threads_do_not_disturb_each_other() -> None:
    words = [f"running{'abcdefgh'[i % 8]}{'ijkl'[i % 4]}s" for i in range(400)]
    expected = document_terms(" ".join(words), "en")
    with ThreadPoolExecutor(8) as pool:
        results = pool.map(lambda _: document_terms(" ".join(words), "en"), range(16))
        assert all(terms == expected for terms in results)


@given(st.text(max_size=200))
def test_any_text_gives_terms_of_bounded_length(text: str) -> None:
    assert all(0 < len(term) <= MAX_LENGTH + 8 for term in document_terms(text))
    assert len(query_terms(text)) == len(set(query_terms(text)))


@pytest.mark.parametrize("text", ["Rent 12.50", "a = 12; of", "Größe", "合計", "ไทย" * 40, "1,234.50\nEUR", "№ 7 по"])
def test_a_text_with_a_word_has_words(text: str) -> None:
    assert has_words(text)


@pytest.mark.parametrize("text", ["", "1,234." * 400, "a" * 65, "12.50 | 7 | B", "QUJD9" * 20, "..., --- !"])
def test_numbers_single_letters_and_endless_runs_are_no_words(text: str) -> None:
    assert not has_words(text)
