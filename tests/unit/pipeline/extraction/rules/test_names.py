"""Names of firms end in their legal form; names of persons are capitalised words."""

import pytest

from pipeline.extraction.rules.names import clean_name, find_companies, is_sentence, looks_like_name, looks_like_person


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Medienpilot GmbH & Co. KG • Am Saueracker 23 • 91244 Reichenschwand", ["Medienpilot GmbH & Co. KG"]),
        ("Au bon moulin SARL - 1242 chemin de l'olive", ["Au bon moulin SARL"]),
        ("Atlassian Pty Ltd, Level 6, 341 George St", ["Atlassian Pty Ltd"]),
        ("St. Denis J. Villere & Company, L.L.C. of Louisiana", ["St. Denis J. Villere & Company, L.L.C."]),
        ("between Promark Technology, Inc. and Lone Star LLC", ["Promark Technology, Inc.", "Lone Star LLC"]),
        ("GARDENIA BAKERIES (KL) SDN BHD (139386 X)", ["GARDENIA BAKERIES (KL) SDN BHD"]),
        ("e-Luscious Nederland B.V.", ["e-Luscious Nederland B.V."]),
        ("Coolblue B.V. Weena 664", ["Coolblue B.V."]),
        ("The Company shall inform any Limited partner", []),
        ("(the “Buyer”) and Williams Controls, Inc., a Delaware corporation", ["Williams Controls, Inc."]),
        ("transaction involving Magnetek, Inc. (the Company)", ["Magnetek, Inc."]),
        ("we agree", []),
    ],
)
def test_firms_are_found_by_their_legal_form(text, names):
    assert [found.text for found in find_companies(text)] == names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("KHIAM AIK CHAN SDN BHD (88842-H)", "KHIAM AIK CHAN SDN BHD"),
        ("** Roti Man **", "Roti Man"),
        ("Herrn Max Mustermann,", "Max Mustermann"),
        ("Acme Ltd (Co. Reg. No: 123456-X) GST", "Acme Ltd"),
    ],
)
def test_registration_numbers_and_titles_are_no_part_of_a_name(text, name):
    assert clean_name(text) == name


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("ABC HO TRADING", True),
        ("3180502", False),
        ("Total:", False),
        ("a@b.org", False),
        ("Room 12", True),
        ("Room 12/45/78", False),
    ],
)
def test_a_line_with_letters_and_few_digits_may_be_a_name(text, yes):
    assert looks_like_name(text) is yes


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("Jane M. Doe", True),
        ("Ludwig van Beethoven", True),
        ("JOHN SMITH", True),
        ("Jane", False),
        ("the board", False),
        ("John Smith Jr.", True),
    ],
)
def test_a_persons_name_is_two_to_five_capitalised_words(text, yes):
    assert looks_like_person(text) is yes


def test_words_of_sentences_are_not_those_of_names():
    assert is_sentence("Thank you for shopping")
    assert not is_sentence("Lantern Corner Grocery")
