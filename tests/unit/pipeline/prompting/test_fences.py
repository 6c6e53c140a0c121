import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.prompting.fences import TAGS, Fenced, fenced, neutral

PIECES = [
    "<",
    "|",
    ">",
    "/",
    "<|",
    "|>",
    "page",
    " ",
    "s",
    "[INST]",
    "[",
    "INST",
    "]",
    "<<SYS>>",
    "</page>",
    "x",
    "\x00",
]
SPECIAL = [
    "<|begin_of_text|>",
    "<|header_start|>",
    "<|eot|>",
    "<|image|>",
    "<|patch|>",
    "<|im_end|>",
    "<｜end▁of▁sentence｜>",
    "<s>",
    "</s>",
    "<bos>",
    "<start_of_turn>",
    "<end_of_turn>",
    "<image>",
    "[INST]",
    "[/INST]",
    "[IMG]",
    "<<SYS>>",
]


@pytest.mark.parametrize("special", SPECIAL)
def test_no_special_token_survives(special: str) -> None:
    assert special not in neutral(f"before{special}after")
    assert special not in neutral(special * 3)


@pytest.mark.parametrize("tag", TAGS)
def test_no_tag_of_ours_survives(tag: str) -> None:
    for forged in (f"<{tag}>", f"</{tag}>", f'<{tag.upper()} number="1">', f"</{tag}"):
        assert neutral(forged).startswith("< ")


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES)).map("".join) | st.text())
def test_doing_it_twice_changes_nothing(text: str) -> None:
    once = neutral(text)
    assert neutral(once) == once
    assert not any(special in once for special in SPECIAL)


def test_ordinary_text_stays_as_it_is() -> None:
    text = "a < b, 3 > 2 | <b>bold</b> <pages> | [1] x\n| 5 | <= 7 |\ttab"
    assert neutral(text) == text


def test_nothing_is_fenced_by_a_tag_that_texts_may_hold() -> None:
    with pytest.raises(ValueError, match="fence"):
        fenced("b", [("x", {})])


def test_fences_hold_their_texts_and_harmless_attributes() -> None:
    made = fenced("note", [("a", {"number": 1}), ("</note>b", {"document": 'x"> <|eot|>\ny'})])
    assert isinstance(made, Fenced)
    assert made == '<note number="1">\na\n</note>\n<note document="x\' < |eot| y">\n< /note>b\n</note>'
