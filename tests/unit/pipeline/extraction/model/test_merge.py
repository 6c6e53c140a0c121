"""What a model said becomes data whose every value was looked for, each printed row once."""

from decimal import Decimal

import pytest

from pipeline.extraction.leaves import read_schema
from pipeline.extraction.model.answers import Gap, Piece, Reading
from pipeline.extraction.model.merge import Merger
from pipeline.extraction.model.paths import path_of, wanted_paths
from schemas.evidence import PageEvidence
from schemas.extraction import Extraction, FieldValue, RowCount

SCHEMA = {
    "type": "object",
    "properties": {
        "no": {"type": "string"},
        "total": {"type": "number"},
        "rows": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"ref": {"type": "string"}, "text": {"type": "string"}, "amount": {"type": "number"}},
            },
        },
    },
}
FIRST = """Invoice A-77
K1001  Rope, braided          10.00
K1002  Parking                 2.50
K1002  Parking                 2.50"""
PAGES = (
    FIRST,
    "K1003  Deck paint             31.40\nK1002  Parking                 2.50\nK1004  Teak oil, half a litre  7.20",
    "K1005  Sail tape               4.10\nTotal                         60.20",
)


def row(ref, text, amount):
    return {"ref": ref, "text": text, "amount": Decimal(amount)}


ROPE, PARKING, PAINT = (
    row("K1001", "Rope, braided", "10.00"),
    row("K1002", "Parking", "2.50"),
    row("K1003", "Deck paint", "31.40"),
)
OIL, TAPE = row("K1004", "Teak oil, half a litre", "7.20"), row("K1005", "Sail tape", "4.10")
ALL = [ROPE, PARKING, PARKING, PAINT, PARKING, OIL, TAPE]


@pytest.fixture
def merge(drawn):
    """The extraction of answers: (pages, order, data[, probabilities])."""

    def make(*answers, pages=PAGES, before=None, gaps=(), asked=None):
        pieces = [
            Piece(parts=parts, order=order, data=data, probabilities=more[0] if more else {})
            for parts, order, data, *more in answers
        ]
        document = drawn(*pages)
        return Merger(
            document=document,
            schema=SCHEMA,
            before=before or Extraction(data=None, rows={"/rows": RowCount(counted=7, returned=0)}),
            reading=Reading(pieces=pieces, gaps=list(gaps), model="m", prompt="extract-1"),
            asked=asked or wanted_paths(read_schema(SCHEMA)),
            sizes={page.number: 10 for page in document.pages},
        ).merge()

    return make


def test_rows_that_two_windows_show_are_there_once_and_equal_rows_as_often_as_they_are_printed(merge):
    found = merge(((1, 2), (0,), {"rows": ALL[:6]}), ((2, 3), (1,), {"rows": ALL[3:]}))
    assert found.data["rows"] == ALL
    assert found.rows["/rows"] == RowCount(counted=7, returned=7, unplaced=0)


def test_rows_that_one_window_drops_are_taken_from_the_other(merge):
    found = merge(
        ((1, 2), (0,), {"rows": [ROPE, PARKING, PARKING, PAINT]}), ((2, 3), (1,), {"rows": [PARKING, OIL, TAPE]})
    )
    assert found.data["rows"] == ALL


def test_windows_without_overlap_keep_all_their_rows(merge):
    found = merge(((1,), (0,), {"rows": ALL[:3]}), ((2,), (1,), {"rows": ALL[3:6]}), ((3,), (2,), {"rows": ALL[6:]}))
    assert found.data["rows"] == ALL


def test_a_continuation_goes_on_behind_equal_rows(merge):
    """The cut stands between two rows that are word for word the same."""
    found = merge(((1, 2, 3), (0,), {"rows": ALL[:2]}), ((1, 2, 3), (0, 1), {"rows": ALL[2:]}))
    assert found.data["rows"] == ALL
    assert found.rows["/rows"].unplaced == 0


def test_rows_said_again_by_a_continuation_are_left_out(merge):
    found = merge(((1, 2, 3), (0,), {"rows": ALL[:4]}), ((1, 2, 3), (0, 1), {"rows": [PAINT, *ALL[4:]]}))
    assert found.data["rows"] == ALL
    assert found.rows["/rows"].unplaced == 0


def test_an_invented_row_is_kept_without_evidence_and_counted(merge):
    made = row("K9999", "Harbour dues", "17.31")
    found = merge(((1, 2, 3), (0,), {"rows": [*ALL[:6], made]}))
    assert found.data["rows"] == [*ALL[:6], made]
    assert found.rows["/rows"] == RowCount(counted=7, returned=7, unplaced=1)
    assert not found.fields["/rows/6/amount"].grounded
    assert found.fields["/rows/6/amount"].confidence < 0.5


def test_a_row_mixed_from_two_others_is_not_taken_for_either(merge):
    mixed = row("K1001", "Deck paint", "7.20")
    found = merge(((1, 2, 3), (0,), {"rows": [*ALL[:6], mixed]}))
    assert found.rows["/rows"].unplaced == 1


def test_a_row_said_more_often_than_it_is_printed_has_no_place(merge):
    found = merge(((1, 2, 3), (0,), {"rows": [*ALL, TAPE]}))
    assert found.rows["/rows"] == RowCount(counted=7, returned=8, unplaced=1)


def test_a_row_said_twice_does_not_take_the_place_of_one_that_is_like_it(merge):
    """The like one was dropped: with its place taken the number of rows would be right, and the data wrong."""
    like = "K2001  2026-03-12  Parking  2.50\nK2002  2026-03-12  Parking  9.10"
    first = {**row("K2001", "Parking", "2.50")}
    found = merge(((1,), (0,), {"rows": [first, first]}), pages=(like,))
    assert found.rows["/rows"].unplaced == 1


def test_the_evidence_of_a_row_is_from_its_own_line(merge):
    found = merge(((1, 2, 3), (0,), {"rows": ALL}))
    place = found.fields["/rows/4/amount"].evidence[0]
    assert isinstance(place, PageEvidence)
    assert place.page == 2
    assert place.boxes[0][1] == pytest.approx(found.fields["/rows/4/ref"].evidence[0].boxes[0][1])


SPLIT = ("K1001  Rope, braided,          10.00\n       with a certificate of", "       origin\nK1002  Parking  2.50")
WHOLE = row("K1001", "Rope, braided, with a certificate of origin", "10.00")


def test_a_row_that_a_page_break_cut_is_joined_from_the_window_that_shows_all_of_it(merge):
    cut = row("K1001", "Rope, braided, with a certificate of", "10.00")
    rest = {"text": "origin"}
    found = merge(((1,), (0,), {"rows": [cut]}), ((1, 2), (1,), {"rows": [WHOLE, PARKING]}), pages=SPLIT)
    assert found.data["rows"] == [WHOLE, PARKING]
    found = merge(((1, 2), (0,), {"rows": [WHOLE, PARKING]}), ((2,), (1,), {"rows": [rest, PARKING]}), pages=SPLIT)
    assert found.data["rows"] == [WHOLE, PARKING]
    assert found.fields["/rows/0/text"].grounded


def test_a_cut_row_does_not_take_the_words_of_an_equal_one(merge):
    """The text of the cut row stands uncut in the line above it; its end must not become a row of its own."""
    pages = ("K1000  Rope with a bag  10.00\nK1001  Rope with  10.00", "       a bag\nK1002  Parking  2.50")
    above, cut = row("K1000", "Rope with a bag", "10.00"), row("K1001", "Rope with a bag", "10.00")
    found = merge(
        ((1, 2), (0,), {"rows": [above, cut, PARKING]}),
        ((2,), (1,), {"rows": [{"text": "a bag"}, PARKING]}),
        pages=pages,
    )
    assert found.data["rows"] == [above, cut, PARKING]


def test_a_row_that_no_window_shows_whole_is_put_together(merge):
    cut = row("K1001", "Rope, braided, with a certificate of", "10.00")
    found = merge(((1,), (0,), {"rows": [cut]}), ((2,), (1,), {"rows": [{"text": "origin"}, PARKING]}), pages=SPLIT)
    assert found.data["rows"] == [WHOLE, PARKING]
    assert [place.page for place in found.fields["/rows/0/text"].evidence] == [1, 1, 2]


def test_rows_on_pages_that_no_window_shows_are_not_made_up(merge):
    assert merge(((1,), (0,), {"rows": ALL[:3]})).data["rows"] == ALL[:3]


def test_scalars_are_found_and_agreement_of_windows_makes_them_surer(merge):
    once = merge(((1,), (0,), {"no": "A-77"}))
    twice = merge(((1,), (0,), {"no": "A-77"}), ((1, 2), (1,), {"no": "A-77"}))
    rivals = merge(((1,), (0,), {"no": "A-77"}), ((1, 2), (1,), {"no": "K1001"}))
    assert once.data["no"] == "A-77"
    assert once.fields["/no"].grounded
    assert twice.fields["/no"].confidence > once.fields["/no"].confidence > rivals.fields["/no"].confidence


def test_money_keeps_its_digits(merge):
    assert str(merge(((3,), (0,), {"total": Decimal("60.20")})).data["total"]) == "60.20"


def test_a_value_that_stands_nowhere_is_kept_and_marked(merge):
    field = merge(((1,), (0,), {"no": "Z-1234"})).fields["/no"]
    assert (field.value, field.grounded, field.evidence) == ("Z-1234", False, [])
    assert field.confidence < 0.5


def test_a_value_is_looked_for_on_the_pages_that_were_shown(merge):
    assert not merge(((1,), (0,), {"total": Decimal("60.20")})).fields["/total"].grounded


def test_the_probability_of_its_tokens_counts(merge):
    sure = merge(((1,), (0,), {"no": "A-77"}, {"/no": 0.97})).fields["/no"].confidence
    unsure = merge(((1,), (0,), {"no": "A-77"}, {"/no": 0.4})).fields["/no"].confidence
    assert sure > 0.9 > 0.5 > unsure


def before(no="A-77", rows=(), counted=7):
    fields = {"/no": FieldValue(value=no, confidence=0.9, grounded=True)} if no else {}
    for index, each in enumerate(rows):
        fields |= {f"/rows/{index}/{k}": FieldValue(value=v, confidence=0.8, grounded=True) for k, v in each.items()}
    data = {"no": no, "rows": list(rows)}
    return Extraction(
        data=data,
        fields=fields,
        rows={"/rows": RowCount(counted=counted, returned=len(rows))},
        produced_by={"rules": "1"},
    )


def test_the_rules_second_opinion_counts(merge):
    alone = merge(((1,), (0,), {"no": "A-77"})).fields["/no"].confidence
    agreed = merge(((1,), (0,), {"no": "A-77"}), before=before()).fields["/no"].confidence
    denied = merge(((1,), (0,), {"no": "A-77"}), before=before("K1001")).fields["/no"]
    assert agreed > alone > denied.confidence
    assert denied.value == "A-77"


def test_the_rules_second_opinion_counts_in_rows_where_both_have_as_many(merge):
    answer = ((1, 2, 3), (0,), {"rows": ALL})
    alone = merge(answer).fields["/rows/3/amount"].confidence
    agreed = merge(answer, before=before(rows=ALL)).fields["/rows/3/amount"].confidence
    other = [*ALL[:3], {**PAINT, "amount": Decimal("7.20")}, *ALL[4:]]
    denied = merge(answer, before=before(rows=other)).fields["/rows/3/amount"]
    fewer = merge(answer, before=before(rows=ALL[1:])).fields["/rows/3/amount"].confidence
    assert agreed > alone > denied.confidence
    assert str(denied.value) == "31.40"
    assert fewer == alone


def test_a_value_that_only_the_rules_found_is_kept_and_less_sure(merge):
    field = merge(((1,), (0,), {"total": Decimal("60.20")}), before=before()).fields["/no"]
    assert field.value == "A-77"
    assert field.confidence < 0.9


def test_what_was_not_asked_for_stays_as_it_was(merge):
    found = merge(((1,), (0,), {"total": Decimal("60.20")}), before=before(rows=ALL), asked={("total",)})
    assert found.data["rows"] == ALL
    assert found.fields["/no"].confidence == 0.9


def test_rows_that_are_as_many_as_counted_are_not_given_up_for_fewer(merge):
    found = merge(((1, 2, 3), (0,), {"rows": ALL[:4]}), before=before(rows=ALL))
    assert found.data["rows"] == ALL


def test_gaps_make_it_truncated_and_are_told(merge):
    found = merge(((1,), (0,), {"no": "A-77"}), gaps=[Gap(parts=(2, 3), reason="answer-refused")])
    assert found.truncated
    assert [notice.code for notice in found.warnings] == ["answer-refused"]
    assert "pages 2 to 3" in found.warnings[0].message


def test_who_made_it_is_named(merge):
    found = merge(((1,), (0,), {"no": "A-77"}), before=before())
    assert found.produced_by == {"rules": "1", "extraction": "m", "prompt": "extract-1"}


def test_an_answer_in_another_language_is_told_by_what_the_document_does_not_hold(merge):
    told = [{"ref": f"K100{i}", "text": f"Seil geflochten {i}", "amount": Decimal(9000 + i)} for i in range(4)]
    found = merge(((1, 2, 3), (0,), {"no": "Rechnung Nummer 77", "rows": told}))
    assert "values-unfounded" in [notice.code for notice in found.warnings]
    honest = merge(((1, 2, 3), (0,), {"no": "A-77", "rows": ALL}))
    assert "values-unfounded" not in [notice.code for notice in honest.warnings]


CHOICE = {"enum": ["low", "high", "none"]}
JUDGED = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("risk", "effort", "value", "interest"), CHOICE),
        "rows": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"ref": {"type": "string"}, "risk": CHOICE, "effort": CHOICE, "value": CHOICE},
            },
        },
    },
}


def test_values_chosen_from_a_list_need_not_stand_in_the_document(drawn):
    chosen = dict.fromkeys(("risk", "effort", "value"), "high")
    piece = Piece(
        parts=(1,),
        order=(0,),
        data={**chosen, "interest": "low", "rows": [{"ref": "K1001", **chosen}, {"ref": "K9999"}]},
    )
    found = Merger(
        document=drawn(FIRST),
        schema=JUDGED,
        before=Extraction(data=None, rows={"/rows": RowCount(counted=2, returned=0)}),
        reading=Reading(pieces=[piece], gaps=[], model="m", prompt="p"),
        asked=wanted_paths(read_schema(JUDGED)),
        sizes={1: 10},
    ).merge()
    assert found.warnings == []
    assert found.rows["/rows"].unplaced == 1, "the row whose reference is made up"


def test_texts_without_pages_are_ranged_by_their_share(written):
    texts = [f"Entry K{i:04d} Parking 2.50" for i in range(60)]
    halves = {1: texts[:30], 2: texts[30:]}
    pieces = [
        Piece(parts=(part,), order=(part,), data={"rows": [row(t.split()[1], "Parking", "2.50") for t in half]})
        for part, half in halves.items()
    ]
    found = Merger(
        document=written(*texts),
        schema=SCHEMA,
        before=Extraction(data=None),
        reading=Reading(pieces=pieces, gaps=[], model="m", prompt="p"),
        asked={("rows",)},
        sizes={1: 300, 2: 300},
    ).merge()
    assert [each["ref"] for each in found.data["rows"]] == [f"K{i:04d}" for i in range(60)]


@pytest.mark.parametrize(
    ("name", "path"),
    [("/rows/3/ref", ("rows", 3, "ref")), ("/rows/12/a~1b", ("rows", 12, "a/b")), ("/1/2", ("1", "2"))],
)
def test_pointers_become_paths_by_the_tree_and_not_by_their_looks(name, path):
    inner = {"type": "object", "properties": {"ref": {"type": "string"}, "a/b": {"type": "string"}, "2": {}}}
    tree = read_schema({"type": "object", "properties": {"rows": {"type": "array", "items": inner}, "1": inner}})
    assert path_of(name, tree) == path
