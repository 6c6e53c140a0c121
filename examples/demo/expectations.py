"""What the example documents say, and the check that Sheaf says the same. The service never sees this file."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from examples.demo.comparison import Checker, Difference
from examples.making import delivery_notes, invoice, receipt
from examples.making.invoice_line import InvoiceLine

Json = dict[str, Any]
MEETING_SECONDS = (35.0, 37.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A document, the schema it is read against, and its values where they are known."""

    file: str
    schema: str
    data: Json | None
    """`None` for the recording, whose transcript is a draft."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A question to the corpus, words that belong into its answer, and the document to cite."""

    text: str
    words: tuple[str, ...]
    document: str


def _rows(lines: list[InvoiceLine], *, numbered: bool) -> list[Json]:
    return [
        {
            "position": str(number) if numbered else None,
            "code": line.article,
            "description": line.description,
            "quantity": line.quantity,
            "unit": line.unit,
            "unit_price": line.unit_price,
            "amount": line.amount,
        }
        for number, line in enumerate(lines, start=1)
    ]


INVOICE: Json = {
    "invoice_number": "LW-2026-0417",
    "invoice_date": "2026-03-12",
    "due_date": "2026-04-11",
    "delivery_date": "2026-03-09",
    "order_number": "PO-7781",
    "customer_number": "C-20983",
    "seller": {
        "name": "Lindenwerk Office Supplies GmbH",
        "address": "Kastanienweg 14, 20999 Hamburg, Germany",
        "vat_id": "DE999123457",
    },
    "buyer": {"name": "Brightwater Ferries Ltd", "address": "3 Quay Street, Port Elmsford PE4 1AB"},
    "currency": "EUR",
    "net_total": Decimal("6090.46"),
    "tax_total": Decimal("1157.19"),
    "total": Decimal("7247.65"),
    "iban": "DE06999000010004173290",
    "bic": "NUFBDEHHXXX",
    "line_items": _rows(invoice.LINES, numbered=True),
}
RECEIPT: Json = {
    "merchant": "LANTERN CORNER GROCERY",
    "address": "27 Tidewater Lane, Port Elmsford PE4 7QX",
    "phone": "0555 018 2244",
    "receipt_number": "004871",
    "date": "2026-03-14",
    "currency": "EUR",
    "tax": Decimal("2.28"),
    "total": Decimal("34.87"),
    "paid": Decimal("40.00"),
    "change": Decimal("5.13"),
    "items": [
        {"description": name, "quantity": quantity, "unit_price": price, "amount": quantity * price}
        for quantity, name, price in receipt.ITEMS
    ],
}
CONTRACT: Json = {
    "title": "SERVICES AGREEMENT",
    "parties": [
        {"name": "Meridian Harbour Services Ltd", "role": "Provider"},
        {"name": "Brightwater Ferries Ltd", "role": "Customer"},
    ],
    "effective_date": "2026-04-01",
    "term": "3 years",
    "notice_period": "6 months",
    "governing_law": "Ireland",
}
DELIVERY_NOTES: Json = {
    "invoice_number": "PT-88146",
    "invoice_date": "2026-02-27",
    "due_date": "2026-03-29",
    "seller": {"name": "Pellworth Timber Yard Ltd", "address": "Unit 5, Sawmill Road, Pellworth PW2 8LK"},
    "buyer": {"name": "Brightwater Ferries Ltd", "address": "3 Quay Street, Port Elmsford PE4 1AB"},
    "currency": "GBP",
    "net_total": Decimal("7327.40"),
    "tax_total": Decimal("1465.48"),
    "total": Decimal("8792.88"),
    "line_items": _rows(delivery_notes.LINES, numbered=False),
}
EXAMPLES = [
    Example(file="invoice.pdf", schema="invoice", data=INVOICE),
    Example(file="receipt.jpg", schema="receipt", data=RECEIPT),
    Example(file="contract.pdf", schema="contract", data=CONTRACT),
    Example(file="delivery_notes.tiff", schema="invoice", data=DELIVERY_NOTES),
    Example(file="meeting.flac", schema="meeting", data=None),
]
QUESTIONS = [
    Question(
        text="Until when can a ticket be cancelled for a full refund?",
        words=("seven days",),
        document="refund_policy.md",
    ),
    Question(
        text="When will the electric ferry Tern be delivered?", words=("May 2027",), document="board_minutes.docx"
    ),
    Question(text="Which law governs the services agreement?", words=("Ireland",), document="contract.pdf"),
]

FOLDER_FILES = [
    "board_minutes.docx",
    "pier_guide.pdf",
    "price_list.xlsx",
    "refund_policy.md",
    "safety_rules.txt",
    "storm_notice.eml",
    "travel_faq.html",
]


def check_result(example: Example, result: Json, content: Json) -> Iterator[Difference]:
    """Everything about one result that is not as it should be."""
    check = Checker(example.file)
    yield from check.equal("status", "succeeded", result["status"])
    yield from check.equal("complete", expected=True, found=result["completeness"]["complete"])
    if example.data is None:
        yield from _check_recording(check, result, content)
    else:
        yield from check.tree(example.data, result["data"])
        yield from _check_places(check, result)
    yield from _check_summary(check, result)


def check_folder(files: list[Json]) -> Iterator[Difference]:
    """Whether every file of the folder was ingested."""
    found = {file["path"]: file for file in files}
    yield from Checker("folder").equal("files", FOLDER_FILES, sorted(found))
    for path, file in found.items():
        if file["status"] != "succeeded":
            problem = file["problem"] or {}
            yield Checker(path).wrong("status", "succeeded", f"{file['status']}: {problem.get('detail')}")


def check_answer(question: Question, answer: Json) -> Iterator[Difference]:
    """Whether the answer says what the document says and cites it."""
    check = Checker(question.document)
    text = " ".join([answer["text"], *(citation["quote"] for citation in answer["citations"])])
    for word in question.words:
        if not answer["answered"] or word not in text:
            yield check.wrong(question.text, word, answer["text"])
    cited = [citation["document_name"] for citation in answer["citations"]]
    if question.document not in cited:
        yield check.wrong(question.text, question.document, ", ".join(cited) or None)


def _check_places(check: Checker, result: Json) -> Iterator[Difference]:
    """Each value has a place: a page that exists, with boxes that lie on it."""
    for pointer, field in result["fields"].items():
        if field["value"] is None:
            continue
        places = [place for place in field["evidence"] if place["kind"] == "page"]
        if not places or not field["grounded"]:
            yield check.wrong(pointer, "evidence", None)
        for place in places:
            inside = all(0 <= edge <= 1 for box in place["boxes"] for edge in box)
            if not 1 <= place["page"] <= result["document"]["pages"] or not place["boxes"] or not inside:
                yield check.wrong(pointer, "a box on a page", place)


def _check_summary(check: Checker, result: Json) -> Iterator[Difference]:
    summary = result["summary"] or {"points": [], "evidence": []}
    if not summary["points"] or len(summary["points"]) != len(summary["evidence"]):
        yield check.wrong("summary", "points with evidence", summary["points"])


def _check_recording(check: Checker, result: Json, content: Json) -> Iterator[Difference]:
    yield from check.equal("quality", "draft", result["quality"])
    low, high = MEETING_SECONDS
    if not low <= result["document"]["seconds"] <= high:
        yield check.wrong("seconds", f"{low} to {high}", result["document"]["seconds"])
    segments = content["segments"]
    times = [time for segment in segments for time in (segment["start"], segment["end"])]
    if not times or times != sorted(times) or times[-1] > high:
        yield check.wrong("segments", "in order of time", times)
    for place in _times(result):
        if not any(s["start"] <= place["start"] <= place["end"] <= s["end"] for s in segments):
            yield check.wrong("evidence", "seconds inside a segment", place)


def _times(result: Json) -> list[Json]:
    """Evidence of fields and summary."""
    places = [place for field in result["fields"].values() for place in field["evidence"]]
    return [*places, *(result["summary"] or {"evidence": []})["evidence"]]
