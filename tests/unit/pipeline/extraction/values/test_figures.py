from decimal import Decimal

from pipeline.extraction.values.figures import figures, readings


def printed(text: str) -> list[str]:
    return [figure.printed for figure in figures(text)]


def held(said: str, text: str) -> bool:
    return all(figure.readings & readings(text) for figure in figures(said))


def test_numbers_and_dates_are_found_in_order_and_a_date_is_one_figure() -> None:
    assert printed("On 3 May 2025 we paid 1,200.00 EUR for 7 desks") == ["3 May 2025", "1,200.00 EUR", "7"]


def test_a_figure_is_held_however_it_is_written() -> None:
    assert held("1.200 EUR", "costs 1,200.00 EUR")
    assert held("until 2028-04-30", "ends on 30 April 2028")
    assert held("in 2028", "ends on 30 April 2028")
    assert held("due 3/4/2026", "due 4 March 2026")


def test_another_figure_is_not_held() -> None:
    assert not held("1,250 EUR", "costs 1,200.00 EUR")
    assert not held("30 April 2029", "ends on 30 April 2028, or in 2029")


def test_an_ambiguous_number_has_both_readings() -> None:
    [figure] = figures("1.234")
    assert figure.readings == {Decimal("1.234"), Decimal(1234)}


def test_a_text_without_figures_has_none() -> None:
    assert figures("no figures here") == []
    assert readings("") == frozenset()
