"""What Whisper's servers call a language, as ISO 639-1."""

import re

_NAMES = (  # name and code by turns
    "afrikaans af arabic ar armenian hy azerbaijani az basque eu belarusian be bengali bn bosnian bs bulgarian bg "
    "catalan ca chinese zh croatian hr czech cs danish da dutch nl english en estonian et finnish fi french fr "
    "galician gl georgian ka german de greek el hebrew he hindi hi hungarian hu icelandic is indonesian id italian it "
    "japanese ja kannada kn kazakh kk korean ko latvian lv lithuanian lt macedonian mk malay ms marathi mr maori mi "
    "nepali ne norwegian no persian fa polish pl portuguese pt romanian ro russian ru serbian sr slovak sk "
    "slovenian sl spanish es swahili sw swedish sv tagalog tl tamil ta telugu te thai th turkish tr ukrainian uk "
    "urdu ur vietnamese vi welsh cy"
)
_CODES: dict[str, str] = dict(re.findall(r"(\w{3,}) (\w\w)\b", _NAMES))


def code(language: str | None) -> str | None:
    """Two letters for a name or a code; `None` where it is neither."""
    if language is None:
        return None
    said = language.strip().lower()
    return said if len(said) == 2 and said.isascii() and said.isalpha() else _CODES.get(said)
