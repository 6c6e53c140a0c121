"""The built-in schemas keep to what users' schemas must keep to."""

import pytest

from pipeline.extraction.gate import check_schema
from pipeline.extraction.leaves import Leaf, Object, arrays, leaves, read_schema
from schemas.catalogue import load, names


def test_the_catalogue_has_the_seven_kinds():
    assert names() == ["bank_statement", "contract", "form", "invoice", "meeting", "receipt", "resume"]


def test_an_unknown_name_is_an_error():
    with pytest.raises(KeyError):
        load("../invoice")


def test_each_load_is_a_copy_of_its_own():
    load("invoice")["properties"].clear()
    assert load("invoice")["properties"]


@pytest.mark.parametrize("name", names())
class TestEachSchema:
    def test_it_passes_the_gate(self, name):
        check_schema(load(name))

    def test_everything_is_described(self, name):
        tree = read_schema(load(name))
        assert tree.texts
        assert tree.described
        for node in [*leaves(tree), *arrays(tree)]:
            assert node.described or isinstance(node, Leaf), node.path

    def test_nothing_outside_of_rows_is_required_so_that_data_is_returned(self, name):
        def check(node):
            assert isinstance(node, Object)
            for child in node.children.values():
                assert not child.required
                if isinstance(child, Object):
                    assert child.nullable
                    check(child)
                elif isinstance(child, Leaf):
                    assert child.nullable, child.path

        check(read_schema(load(name)))
