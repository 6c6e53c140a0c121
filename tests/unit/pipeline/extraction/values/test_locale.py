"""A document's own dates and numbers say how it writes them."""

from pipeline.extraction.values.locale import judge_locale


def test_a_day_beyond_twelve_proves_the_order():
    assert judge_locale("Paid 17/05/2017 and 03/04/2017").order == "DMY"
    locale = judge_locale("Paid 05/17/2017")
    assert (locale.order, locale.order_known) == ("MDY", True)


def test_without_proof_the_paper_and_the_currency_speak():
    assert judge_locale("Paid 03/04/2017", page_sizes=[(612, 792)]).order == "MDY"
    assert judge_locale("Paid 03/04/2017", page_sizes=[(595, 842)]).order == "DMY"
    assert judge_locale("Paid 03/04/2017 USD 5").order == "MDY"
    assert not judge_locale("Paid 03/04/2017").order_known


def test_points_between_the_numbers_put_the_day_first():
    assert judge_locale("on 03.04.2017 in Austin, TX 78701").order == "DMY"


def test_the_mark_before_two_last_digits_is_the_decimal_mark():
    assert judge_locale("Betrag 1.234,50 und 7,00").decimal == ","
    assert judge_locale("Amount 1,234.50").decimal == "."


def test_without_amounts_the_language_decides():
    assert judge_locale("der Betrag und die Rechnung").decimal == ","
    assert judge_locale("", language="fr").decimal == ","
    assert judge_locale("").language == "en"
