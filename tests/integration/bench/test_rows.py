"""Long tables come through an honest model whole, and through a dishonest one never as a success."""

import pytest

from bench.long_tables.ledger import make_ledger
from bench.long_tables.oracle import Oracle
from bench.long_tables.pdf import Printed, write_ledger
from bench.rows import FAULTS, Book
from pipeline.errors import ContextExceeded
from pipeline.models.chat import ChatRequest, Message, complete
from pipeline.reading.child.sandbox import Sandbox
from schemas import exact_json

ROWS = 130


@pytest.fixture(scope="module")
def book(warm_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(warm_sandbox, tmp_path_factory.mktemp("rows"), ROWS)


def test_an_honest_model_is_whole_over_page_breaks_and_cut_answers(book: Book) -> None:
    figures = book.measure("none")
    assert (figures["recall"], figures["precision"], figures["status"]) == (1.0, 1.0, "succeeded")
    assert figures["calls"] > 1, "the table does not fit one answer"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_dishonest_model_is_never_a_success(book: Book, fault: str) -> None:
    figures = book.measure(fault)  # type: ignore[arg-type]  # one of them
    assert figures["recall"] * figures["precision"] < 1, "the fault has shown"
    assert figures["status"] == "partial"


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Oracle:
    ledger = make_ledger(ROWS)
    printed: Printed = write_ledger(tmp_path_factory.mktemp("oracle") / "a.pdf", ledger, ruled=False)
    return Oracle(ledger, printed)


def asked(oracle: Oracle, text: str, max_tokens: int = 4_000) -> str:
    request = ChatRequest(messages=[Message(role="user", parts=[text])], max_tokens=max_tokens)
    return complete(oracle, request).text


def test_the_oracle_says_nothing_of_pages_that_it_was_not_shown(oracle: Oracle) -> None:
    reference = make_ledger(1)[0].reference
    assert exact_json.loads(asked(oracle, "nothing"))["lines"] == []
    assert exact_json.loads(asked(oracle, f'<page number="2">\n{reference}\n</page>'))["lines"] == []
    said = exact_json.loads(asked(oracle, f'<page number="1">\n{reference}\n</page>'))["lines"]
    assert {row["reference"] for row in said} == {reference}


def test_the_oracle_stops_at_its_limit_and_has_a_context(oracle: Oracle) -> None:
    page = "\n".join(posting.reference for posting in make_ledger(ROWS))
    request = ChatRequest(
        messages=[Message(role="user", parts=[f'<page number="1">\n{page}\n</page>'])], max_tokens=100
    )
    answer = complete(oracle, request)
    assert answer.finish_reason == "length"
    assert answer.output_tokens <= 100
    with pytest.raises(ContextExceeded):
        asked(oracle, "x" * 400_000)
