"""Postal addresses: which lines look like parts of one."""

import re
from collections.abc import Sequence
from typing import Literal

from pipeline.extraction.layout.runs import Run
from pipeline.extraction.rules.hits import Span
from pipeline.extraction.values.dates import find_dates

_POSTAL = re.compile(
    r"(?<![\w.,/])(?:[A-Z]{1,2}[- ])?\d{5}(?:-\d{4})?[,.]?\s+[A-ZÀ-Þ][A-Za-zÀ-ÿ'’-]+"  # most of Europe, Malaysia
    r"|\b\d{4}\s?[A-Z]{2}\s+[A-ZÀ-Þ]"  # Netherlands
    r"|\b[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}\b"  # United Kingdom
    r"|\b[A-Z]{2}[,]?\s+\d{5}(?:-\d{4})?\b"  # United States
    r"|\b(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT)\s+\d{4}\b"  # Australia
    r"|(?<![\w.,/])(?:(?:CH|A|B|L|DK|NO)[- ])?[1-9]\d{3}\s+[A-ZÀ-Þ][a-zà-ÿ]{2,}"  # Austria, Switzerland and others
    r"|[-–]\s?\d{6}\b|\b[A-Z]\d[A-Z]\s\d[A-Z]\d\b"  # India; Canada
)
_CODE_AT_END = re.compile(r"\b\d{5}[,.]?\s*$")
"""A code whose town stands elsewhere; by itself it may be any number."""
_STREET = re.compile(
    r"(?i)\b(?:street|st|road|rd|avenue|ave|blvd|boulevard|lane|ln|drive|dr|square|suite|floor|building|block|unit|level|lot|"
    r"jalan|jln|lorong|taman|tmn|bandar|kampung|kawasan|seksyen|section|persiaran|lebuh|plaza|mall|pusat|wisma|menara|kompleks|"
    r"rue|allée|chemin|place|quai|impasse|route|cedex|calle|c/|avenida|avda|plaza|paseo|via|viale|piazza|corso|largo|"
    r"weg|platz|allee|ring|gasse|p\.?o\.? box|postfach|bp)\b"
    r"|(?:stra(?:ß|ss)e|str\.|strasse|straat|laan|plein|gracht|kade|dijk)"
)
_HOUSE = re.compile(
    r"^(?:no\.?\s*)?\d{1,5}[A-Za-z]?[-–/,&]?\d*[A-Za-z]?[, ]+\S*[A-Za-zÀ-ÿ]{2}|[A-Za-zÀ-ÿ.]{3,}\s+\d{1,4}\s?[a-zA-Z]?$"
)
_COUNTRY = re.compile(
    r"(?i)^(?:deutschland|germany|france|nederland|netherlands|the netherlands|españa|spain|italia|italy|ireland|"
    r"belgique|belgium|austria|österreich|switzerland|schweiz|suisse|united kingdom|uk|usa|"
    r"united states(?: of america)?|malaysia|india|australia|"
    r"canada|poland|portugal|luxembourg|singapore|israel|sweden|denmark|norway|finland)\.?$"
)
_CONTACT = re.compile(
    r"(?i)@|www\.|https?:|\b(?:tel|phone|fax|mobile|e-?mail|iban|bic|gst|vat|ust|tva|btw|kvk|hrb|siret|reg)\b"
)
_CODE = r"(?:[A-Z]{1,2}[- ])?(?:\d{5}(?:-\d{4})?|\d{4}\s?[A-Z]{2}|[1-9]\d{3})"
_CODE_AND_TOWN = re.compile(rf"\s*(?P<zip>{_CODE})[,.]?\s+(?P<city>[A-ZÀ-Þ][^\d,;]{{1,60}}?)\s*(?:,.*)?$")
"""Code before town: the Netherlands ("3012 CN Rotterdam") and most of the continent."""
_TOWN_AND_CODE = re.compile(
    r"\s*(?P<city>[A-ZÀ-Þ][^\d,;]{1,60}?),?\s+(?:[A-Z]{2},?\s+)?(?P<zip>\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2})\s*$"
)
"""Town before code: the United States and the United Kingdom."""
MAX_LINES = 6


def is_postal_line(text: str) -> bool:
    """Whether a postal code stands in the line."""
    return _POSTAL.search(text) is not None or _CODE_AT_END.search(text) is not None


def is_country(text: str) -> bool:
    """Whether the line is the name of a country."""
    return _COUNTRY.match(text.strip(" ,.")) is not None


def is_contact_line(text: str) -> bool:
    """Whether the line holds a telephone, mail, web, tax or bank datum rather than a part of an address."""
    return _CONTACT.search(text) is not None


def is_address_line(text: str) -> bool:
    """Whether the line could be a part of an address."""
    if is_contact_line(text) or not any(char.isalpha() for char in text) or find_dates(text):
        return False
    return (
        is_postal_line(text) or _STREET.search(text) is not None or _HOUSE.search(text) is not None or is_country(text)
    )


def address_runs(runs: Sequence[Run]) -> list[Run]:
    """The runs from the first to the last address line; a line between two of them belongs to it.

    Empty where none holds a postal code and fewer than two look like an address at all.
    """
    flags = [is_address_line(run.text) for run in runs]
    if not any(flags):
        return []
    first = flags.index(True)
    last = first
    for index in range(first, min(len(runs), first + MAX_LINES)):
        if flags[index] or _goes_on(runs, index, last):
            last = index
        elif is_contact_line(runs[index].text) or find_dates(runs[index].text) or index - last > 1:
            break
    while first > 0 and _leads_up(runs[first - 1].text):
        first -= 1
    chosen = list(runs[first : last + 1])
    sure = any(_POSTAL.search(run.text) for run in chosen) or sum(flags[first : last + 1]) >= 2
    return chosen if sure else []


def _goes_on(runs: Sequence[Run], index: int, last: int) -> bool:
    """Whether a line continues an address that ended with a comma: "MASAI, JOHOR"."""
    text = runs[index].text
    plain = len(text.split()) <= 4 and not any(char.isdigit() for char in text) and not is_contact_line(text)
    return index == last + 1 and plain and runs[last].text.rstrip().endswith(",")


def _leads_up(text: str) -> bool:
    """Whether a line over the first of an address begins it, as its comma says: "CAR PARK OFFICE, BASEMENT 1,"."""
    return (
        text.rstrip().endswith(",")
        and any(map(str.isalpha, text))
        and not is_contact_line(text)
        and not find_dates(text)
    )


def join_address(spans: Sequence[Span]) -> str:
    """The lines as one, with a comma where a line ends without one."""
    joined = ""
    for run, start, end in spans:
        line = run.text[start:end].strip()
        joined += (" " if joined.endswith((",", "-")) else ", ") * bool(joined) + line
    return joined.strip(" ,")


Part = Literal["street", "zip", "city"]


def address_part(spans: Sequence[Span], part: Part) -> Span | None:
    """Street, postal code or town of an address, where a line has code and town side by side."""
    for run, start, end in spans:
        text = run.text[start:end]
        match = _CODE_AND_TOWN.match(text) or _TOWN_AND_CODE.match(text)
        if match is None:
            if part == "street" and (_STREET.search(text) or _HOUSE.search(text)) and not is_country(text):
                return (run, start, end)
            continue
        if part != "street":
            return (run, start + match.start(part), start + match.end(part))
    return None
