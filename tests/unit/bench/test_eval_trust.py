"""Confidence and evidence of the values of labelled sets, by the scorer's rules."""

from types import SimpleNamespace

import pytest

from bench.eval.fitting import Example, fit, left_out
from bench.eval.judging import judged
from bench.eval.trust import figures, is_placed, placed_leaves
from pipeline.extraction.confidence import Signs, probability
from schemas.documents import Document, Page, Words
from schemas.evidence import PageEvidence
from schemas.extraction import Extraction, FieldValue

SCORER = SimpleNamespace(
    MISLABELLED={"bad.pdf"},
    SAME={"text": lambda truth, given: truth == given, "pair": lambda truth, given: tuple(truth) == tuple(given)},
    TRUTH={
        "set": lambda f: {name: ("text", [value]) for name, value in f.items()},
        "parties": lambda f: {"party": ("text", f["party"]), "law": ("text", [])},
        "forms": lambda pairs: {"pairs": ("pair", [(p["q"], p["a"]) for p in pairs])},
    },
)


def _field(value, confidence=0.9, evidence=()):
    return FieldValue(value=value, confidence=confidence, grounded=True, evidence=list(evidence))


def _outcomes(name, label, extraction, patterns):
    found = judged(name, label, extraction, patterns, SCORER)
    return [(each.name, each.leaves[0].value, each.right) for each in found]


def test_only_given_values_that_the_label_speaks_of_are_judged():
    extraction = Extraction(data={}, fields={"/a": _field("x"), "/b": _field("y"), "/c": _field(None)})
    label = {"file": "a.pdf", "fields": {"a": "x", "b": "z", "c": "w"}}
    patterns = {"a": "/a", "b": "/b", "c": "/c", "d": "/d"}
    assert _outcomes("set", label, extraction, patterns) == [("a", "x", True), ("b", "y", False)]
    assert _outcomes("set", label | {"file": "bad.pdf"}, extraction, patterns) == []


def test_one_true_value_makes_one_value_right_and_what_is_asked_for_in_vain_is_wrong():
    names = ["A", "A", "B"]
    fields = {f"/parties/{n}/name": _field(name) for n, name in enumerate(names)} | {"/law": _field("Ohio")}
    extraction = Extraction(data={"parties": [{"name": name} for name in names]}, fields=fields)
    label = {"file": "a.pdf", "fields": {"party": ["A", "B"]}, "keys_asked": ["party", "law"]}
    found = _outcomes("parties", label, extraction, {"party": "/parties/*/name", "law": "/law"})
    assert [right for _, _, right in found] == [True, False, True, False]


def test_a_row_is_as_sure_as_its_least_sure_leaf():
    data = {"pairs": [{"key": "To", "value": "B"}, {"key": "Cc", "value": None}]}
    fields = {"/pairs/0/key": _field("To", 0.9), "/pairs/0/value": _field("B", 0.6), "/pairs/1/key": _field("Cc")}
    label = {"file": "a.png", "pairs": [{"q": "To", "a": "B"}]}
    (found,) = judged("forms", label, Extraction(data=data, fields=fields), {"pairs": "/pairs/*"}, SCORER)
    assert (found.right, found.confidence) == (True, 0.6)


def _page(*words):
    made = Words(text=[], x0=[], y0=[], x1=[], y1=[], line=[])
    for number, word in enumerate(words):
        made.text.append(word)
        made.x0.append(0.1 * number)
        made.x1.append(0.1 * number + 0.09)
        made.y0.append(0.1)
        made.y1.append(0.12)
        made.line.append(0)
    return Page(number=1, width=600, height=800, source="text", words=made)


@pytest.mark.parametrize(
    ("box", "quote", "held"),
    [
        ((0.1, 0.1, 0.19, 0.12), "120.00", True),
        ((0.0, 0.1, 0.59, 0.12), "Total 120.00 due in thirty days", False),  # more than the value
        ((0.2, 0.1, 0.29, 0.12), "due", False),  # another word
        ((0.1, 0.0, 0.19, 0.4), "120.00", False),  # a box far higher than the word
    ],
)
def test_evidence_is_the_place_of_the_value_and_no_more(box, quote, held):
    page = _page("Total", "120.00", "due", "in", "thirty", "days")
    leaf = _field("120.00", evidence=[PageEvidence(page=1, boxes=[box], quote=quote)])
    assert is_placed("/total", leaf, {1: page}) is held


def test_only_right_values_are_asked_for_their_place():
    document = Document(shape="pages", media_type="application/pdf", pages=[_page("A")])
    extraction = Extraction(data={}, fields={"/a": _field("A"), "/b": _field("B")})
    label = {"file": "a.pdf", "fields": {"a": "A", "b": "C"}}
    given = list(judged("set", label, extraction, {"a": "/a", "b": "/b"}, SCORER))
    assert [held for held, _ in placed_leaves(given, document)] == [False]
    found = figures(given, [False])
    assert (found["auroc"], found["evidence"], found["sure_share"]) == (0.5, 0.0, 1.0)


def test_weights_are_fitted_so_that_rates_are_met_and_sets_are_left_out():
    def example(name, number, family, right):
        signs = (Signs(score=0.5, family=family, kind="text"),)
        return Example(set_name=name, file=str(number), signs=signs, right=right)

    found = [example(name, n, "table", n % 10 != 0) for name in ("a", "b") for n in range(100)]
    found += [example(name, n, "form", n % 10 < 3) for name in ("a", "b") for n in range(100)]
    weights = fit(found)
    assert probability(Signs(score=0.5, family="table", kind="text"), weights) == pytest.approx(0.9, abs=0.03)
    assert probability(Signs(score=0.5, family="form", kind="text"), weights) == pytest.approx(0.3, abs=0.03)
    report = left_out(found)
    assert set(report) == {"a", "b", "a, files left out", "b, files left out", "files left out"}
    assert report["files left out"]["values"] == len(found)
    assert report["files left out"]["sure_right"] > 0.85
    assert report["a"]["calibration_error"] < 0.05
    assert report["a"]["auroc"] > 0.75
