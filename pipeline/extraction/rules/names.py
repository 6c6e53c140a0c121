"""Names of firms and persons in text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_FORMS = (
    r"Incorporated|Inc|Corporation|Corp|Limited|Ltd|LLC|L\.L\.C|LLP|L\.L\.P|LP|L\.P|PLC|P\.L\.C|Company|Co|"
    r"GmbH(?:\s*&\s*Co\.?\s*(?:KGaA|KG|OHG))?|mbH|AG(?:\s*&\s*Co\.?\s*KG)?|KGaA|KG|OHG|UG(?:\s*\(haftungsbeschränkt\))?|e\.\s?K|"
    r"e\.\s?V|eG|a\.\s?G|GbR|SE|S\.?A\.?R\.?L|SASU|SAS|S\.A\.S|S\.A|SA|EURL|SNC|SCI|SPRL|"
    r"B\.V|BV|N\.V|NV|V\.O\.F|VOF|S\.r\.l|SRL|S\.R\.L|S\.p\.A|SpA|S\.P\.A|S\.n\.c|S\.L\.U|S\.L|SL|"
    r"SDN\.?\s?BHD|Sdn\.?\s?Bhd|BERHAD|Berhad|BHD|Bhd|Pty\.?\s?Ltd|PTY\.?\s?LTD|Pte\.?\s?Ltd|PTE\.?\s?LTD|"
    r"Pvt\.?\s?Ltd|Private\s+Limited|Pvt\.?\s?Limited|Oyj|Oy|ASA|A/S|ApS|AB|AS|K\.K|Trust|Bank|N\.A|Ltda|Lda|Kft|s\.r\.o|a\.s|d\.o\.o|"
    r"INC|CORP|LTD|LIMITED|INCORPORATED|CORPORATION|COMPANY|GMBH|CO"
)
LEGAL_FORM = re.compile(r"(?<![\w.&])(?:" + _FORMS + r")\b\.?(?![\w@])")
"""Legal forms of firms, from the registers of the countries whose languages are read."""

_QUOTE_END = re.compile(r"[”\"“]\)?[,;.]?\s+(?:(?:and|or)\s+)?")
_LEAD = re.compile(r"[\s,.:;•–—\"'“”(-]+|(?!(?:de|den|der|du|el|la|le|van|von)\s)[a-zà-ÿ]+(?:-[a-zà-ÿ]+)*\s+")
"""What may stand before a name: marks, and words in small letters that are no particles of names."""
_FOLLOWING_FORM = re.compile(r",?\s*(?:" + _FORMS + r")\b\.?(?![\w@])")
_ARTICLES = frozenset(
    {"the", "a", "an", "this", "our", "your", "said", "such", "die", "la", "le", "der", "das", "any", "each", "by"}
)

_TRADE = re.compile(
    r"(?i)\b(?:enterprises?|trading|restaurant|restoran|ristorante|bakery|bakeries|cafe|café|bistro|hotel|store|stores|"
    r"supermarket|mart|market|pharmacy|apotheke|holdings?|group|partners|associates|industries|services|solutions|"
    r"hardware|bookshop|shop|boutique|garage|clinic|studio|university|foundation|institute)\b"
)
_SEPARATOR = re.compile(r"\s+[-–—•·|*]\s+|\s*[•·|]\s*|,\s+(?![A-Z][a-z]*\.?(?:\s|$)(?:Ltd|Inc|LLC|Co)?)|;\s*")
_TITLE = re.compile(r"(?i)^(?:mr|mrs|ms|dr|prof|herrn?|frau|m|mme|mlle|sr|sra|sig|dhr|mevr)\b\.?\s+")
_REGISTRATION = re.compile(
    r"\s*[\(\[]\s*(?:co\.?\s*(?:reg\.?)?\s*no\.?\s*:?\s*)?[A-Z]{0,3}\s?\d[\dA-Z\s./-]*[\)\]].*$", re.IGNORECASE
)
_LEADING_JUNK = re.compile(r"^[\W_]+")
_SENTENCE = re.compile(
    r"(?i)\b(?:thank|please|welcome|this|your|you|with|for|page|copyright|www|http|by|not|are|is|was|will|shall|may|must|has|"
    r"have|any|such|which|who)\b"
)
MAX_WORDS = 10
LONGEST = 200
"""Characters before a legal form in which its name may begin."""
MAX_BEFORE = 7
"""Words a firm's name may have before its legal form when it begins the text."""


@dataclass(frozen=True, slots=True)
class FoundName:
    """The characters `start` to `end` read as the name of a firm."""

    start: int
    end: int
    text: str


def find_companies(text: str) -> list[FoundName]:
    """Names that end in a legal form; each begins where the text does, after a separator, or where capitals begin."""
    found: list[FoundName] = []
    done = 0
    for match in LEGAL_FORM.finditer(text):
        if match.start() < done:
            continue
        start = _name_start(text, done, match.start())
        end = _last_form(text, match)
        if text[end - 1] == "." and not _abbreviated(text[:end].rsplit(maxsplit=1)[-1]):
            end -= 1
        name = text[start : match.start()].strip(" ,")
        if sum(char.isalpha() for char in name) >= 2 and name.lower() not in _ARTICLES:
            found.append(FoundName(start, end, text[start:end]))
        done = end
    return found


def _last_form(text: str, match: re.Match[str]) -> int:
    """The end of the legal forms that follow one another: "& Company, L.L.C."."""
    end = match.end()
    while following := _FOLLOWING_FORM.match(text, end):
        end = following.end()
    return end


def _abbreviated(form: str) -> bool:
    return "." in form[:-1] or form.rstrip(".").lower() in {"inc", "corp", "ltd", "co", "bhd", "ltda", "lda"}


def _name_start(text: str, done: int, form: int) -> int:
    """Where the name before a legal form begins: behind separators, quotes and the words that lead up to it."""
    done = max(done, form - LONGEST, text.rfind("\n", done, form) + 1)
    start = max([done, *(match.end() for match in _SEPARATOR.finditer(text, done, form) if match.end() < form)])
    start = max([start, *(match.end() for match in _QUOTE_END.finditer(text, start, form))])
    if text.count(")", start, form) > text.count("(", start, form):
        start = text.rindex(")", start, form) + 1
    while lead := _LEAD.match(text, start, form):
        start = lead.end()
    words = list(re.finditer(r"\S+", text[start:form]))
    if len(words) <= MAX_BEFORE and not any(_SENTENCE.fullmatch(word.group()) for word in words):
        return start
    return start + _capitals_before([(word.start(), word.group()) for word in words], form - start)


def _capitals_before(words: Sequence[tuple[int, str]], end: int) -> int:
    """Where the capitalised words begin that run up to the end."""
    begin = end
    for offset, word in reversed(words):
        linked = word in ("&", "and", "of", "de", "und", "et", "+")
        if not (word[0].isupper() or word[0].isdigit() or linked) or word.endswith((":", ";")):
            break
        begin = begin if linked else offset
    return begin


def clean_name(text: str) -> str:
    """A name without registration numbers, leading marks and forms of address."""
    name = _REGISTRATION.sub("", text)
    name = _LEADING_JUNK.sub("", name) if not text.startswith("(") else name
    name = _TITLE.sub("", name)
    return name.strip(" ,;:|-–•*")


def has_legal_form(text: str) -> bool:
    """Whether a legal form stands in the text."""
    return LEGAL_FORM.search(text) is not None


def is_sentence(text: str) -> bool:
    """Whether at least two words are those of sentences rather than of names."""
    return len(_SENTENCE.findall(text)) >= 2


def sounds_like_trade(text: str) -> bool:
    """Whether a word in it is one that shops and firms use in their names."""
    return _TRADE.search(text) is not None


def looks_like_name(text: str) -> bool:
    """Whether a line could be the name of a firm, a shop or a person: some letters, few digits, no sentence."""
    letters = sum(char.isalpha() for char in text)
    digits = sum(char.isdigit() for char in text)
    words = text.split()
    if letters < 3 or digits > letters / 2 or len(words) > MAX_WORDS or "@" in text or "http" in text.lower():
        return False
    first = text.lstrip("\"'“(")[:1]
    return (first.isupper() or first.isdigit() or has_legal_form(text)) and not text.rstrip().endswith((":", "?"))


_PERSON = re.compile(
    r"(?:[A-ZÀ-Þ][a-zà-ÿ'’-]+|[A-ZÀ-Þ]\.|[A-ZÀ-Þ]{2,})"
    r"(?:[ \u00a0](?:(?:van|von|de|der|den|da|di|del|la|le|el|bin|binti|al)\s)*"
    r"(?:[A-ZÀ-Þ][A-Za-zà-ÿ'’-]+|[A-ZÀ-Þ]\.)){1,4}(?:,?\s(?:Jr|Sr|II|III)\.?)?"
)


def looks_like_person(text: str) -> bool:
    """Whether the text has the form of a person's name: two to five capitalised words."""
    return _PERSON.fullmatch(text.strip()) is not None
