"""Forms are keys with what was filled in."""

import pytest

from pipeline.extraction.leaves import read_schema
from pipeline.extraction.rules.forms import pairs as module
from pipeline.extraction.rules.forms.pairs import form_pairs, pair_leaves
from pipeline.extraction.rules.forms.segments import Segment


@pytest.fixture
def pairs(drawn, case_of):
    def find(drawing):
        found = []
        for pair in form_pairs(case_of(drawn(drawing), {}).view):
            run, start, end = pair.key[0]
            value = " ".join(run.text[a:b] for run, a, b in pair.value)
            found.append((run.text[start:end], value or None))
        return found

    return find


@pytest.mark.parametrize(
    ("drawing", "expected"),
    [
        ("Name: John Smith", [("Name", "John Smith")]),
        ("Name:      John Smith", [("Name", "John Smith")]),
        ("Name:\nJohn Smith", [("Name", "John Smith")]),
        ("Name: John   Date: 3 May 1980", [("Name", "John"), ("Date", "3 May 1980")]),
        ("Name: John Smith Date: 3 May 1980", [("Name", "John Smith"), ("Date", "3 May 1980")]),
        ("Signed: ________", [("Signed", None)]),
        ("Amount: $ 12.50 ____", [("Amount", "$ 12.50")]),
        ("Time: 12:30", [("Time", "12:30")]),
        ("TO:   R. H. Orcutt\nFROM:   J. J. Buxton", [("TO", "R. H. Orcutt"), ("FROM", "J. J. Buxton")]),
        ("Invoice number      LW-17", [("Invoice number", "LW-17")]),
        ("Brand ---- OLD GOLD", [("Brand", "OLD GOLD")]),
        ("Length ........ 85 mm", [("Length", "85 mm")]),
        ("see https://example.org", []),
        ("no keys here at all", []),
    ],
)
def test_pairs_are_read(pairs, drawing, expected):
    assert pairs(drawing) == expected


def test_a_key_is_never_the_value_of_another(pairs):
    assert pairs("Name:\nAddress:\n12 High Street") == [("Name", None), ("Address", "12 High Street")]


def test_a_value_belongs_to_one_key(pairs):
    assert [value for _, value in pairs("Name:     John\nAlias:")] == ["John", None]


def test_a_long_sentence_before_a_colon_is_no_key(pairs):
    assert pairs("The parties to this agreement have today agreed upon the following points of order: one") == []


@pytest.mark.parametrize(
    ("names", "yes"),
    [
        (("key", "value"), True),
        (("question", "answer"), True),
        (("fieldName", "fieldValue"), True),
        (("name", "price"), False),
    ],
)
def test_an_array_of_pairs_is_told_by_the_names_of_its_leaves(names, yes):
    item = {"type": "object", "properties": {name: {"type": "string"} for name in names}}
    tree = read_schema({"type": "object", "properties": {"rows": {"type": "array", "items": item}}})
    assert (pair_leaves(tree.children["rows"]) is not None) is yes


SHIPMENT = """
SAMPLE REQUEST

Product      Harbour Blend
Supplier     Maris & Sons
Received     12 May 1987
Quantity     40 cartons
"""


def test_a_block_of_keys_needs_no_colons(pairs):
    assert pairs(SHIPMENT) == [
        ("Product", "Harbour Blend"),
        ("Supplier", "Maris & Sons"),
        ("Received", "12 May 1987"),
        ("Quantity", "40 cartons"),
    ]


@pytest.mark.parametrize(
    ("drawing", "expected"),
    [
        ("JOB NO. 7559", [("JOB NO.", "7559")]),
        ("DATE 12/15/97", [("DATE", "12/15/97")]),
        ("Attention DR. HUGHES", [("Attention", "DR. HUGHES")]),
        ("Datum: 3. Mai 1980   Betreff: Angebot", [("Datum", "3. Mai 1980"), ("Betreff", "Angebot")]),
        ("PROJECT NAME\n  Winter study", [("PROJECT NAME", "Winter study")]),
        ("#: 392", [("#", "392")]),
        ("A: first of the points", []),
    ],
)
def test_keys_are_known_by_their_words_and_by_how_they_are_written(pairs, drawing, expected):
    assert pairs(drawing) == expected


def test_a_value_goes_on_under_itself_until_another_key_comes(pairs):
    drawing = "TO:     Essence\n        1500 Broadway\n        New York\nDATE:   3 May 1995"
    assert pairs(drawing) == [("TO", "Essence 1500 Broadway New York"), ("DATE", "3 May 1995")]


def test_a_full_line_goes_on_under_its_key(pairs):
    drawing = "Comments: the goods came late and two of the\ncartons were open when we took them in\n\nDate: 3 May 1995"
    assert pairs(drawing)[0][1] == "the goods came late and two of the cartons were open when we took them in"


def test_names_in_two_columns_are_no_pairs(pairs):
    assert pairs("A. J. Giacoio      P. J. McCann\nS. L. Enloe        T. L. Achey") == []


def test_a_wide_table_is_no_product_of_its_columns_and_those_of_its_neighbours(pairs, monkeypatch):
    looked = []
    monkeypatch.setattr(
        Segment, "box", property(lambda self: looked.append(1) or self.run.box_of(self.start, self.end))
    )
    columns, rows = 60, 14
    assert pairs("\n".join(["   ".join(["12"] * columns)] * rows)) == []
    assert 0 < len(looked) < 10 * columns * rows


def test_what_pairs_have_taken_is_kept_in_one_set(pairs, monkeypatch):
    taken, real = [], module.continued
    monkeypatch.setattr(module, "continued", lambda *args: taken.append(args[3]) or real(*args))
    assert len(pairs("\n".join(f"Name: John {number}" for number in range(20)))) == 20
    assert len(taken) == 20
    assert all(each is taken[0] for each in taken)
