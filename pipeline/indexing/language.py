"""Which language a text is in, told by its small words, and those words themselves.

Good enough to choose a stemmer: a wrong guess costs a little recall, no guess costs none (see `sparse`).
"""

import re
from collections.abc import Iterable

_SMALL_WORDS = {
    "en": "a about after all also am an and any are as at be because been but by can could did do does for from "
    "had has have he her him his how i if in into is it its me more my no not of on or our out over she "
    "should so some such than that the their them then there these they this those to under up upon us "
    "was we were what when where which who whom whose why will with would you your",
    "de": "aber als am an auch auf aus bei bin bis da das dass dem den denn der des die dies diese dieser "
    "dieses durch ein eine einem einen einer eines er es für haben hat hatte ich ihr ihre im in ins ist "
    "ja kann kein keine mit nach nicht noch nur ob oder ohne sich sie sind so über um und uns unter vom "
    "von vor wann war waren warum was welche welchem welchen welcher welches wem wen wenn wer werden wessen "
    "wie wieviel wir wird wo woher wohin wurde wurden zu zum zur",
    "fr": "à au aux avec ce ces cette comment dans de des du elle en est et été être eux il ils je la le les "
    "leur leurs lui mais ne nos notre nous ou où par pas pour qu quand que quel quelle quels qui sa sans "
    "se ses si son sont sur un une vos votre vous",
    "es": "a al ante como cómo con cuál cuáles cuándo cuánta cuántas cuánto cuántos de del desde donde "
    "dónde el ella en entre era es esta este esto fue fueron ha hasta la las le les lo los más me muy no "
    "nos o para pero por porque qué que quién quiénes se sin sobre son su sus también un una unas unos y ya",
    "it": "a ad al alla alle anche che chi come con cosa da dal dalla de dei del della delle di dove e è era "
    "gli ha il in io la le lo ma nel nella nelle non o per perché più qual quale quando se sono su sua "
    "sul sulla suo tra un una uno",
    "nl": "aan als bij dat de den der deze die dit door een en er het hij hoe ik in is maar met naar niet nog "
    "of om onder ook op over te tot uit van voor waar wanneer was wat wie wij worden wordt zal ze zich "
    "zij zijn",
    "pt": "a ao aos as com como da das de do dos e é em entre era foi foram há mais mas na não nas no nos o "
    "onde os ou para pela pelo por porque qual quando que quem se sem ser seu sua são também um uma",
}
STOP_WORDS = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}
_SCRIPTS = (
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
)
_ENOUGH = 2  # small words a language must be ahead by, and at least hold
_ENOUGH_IN_QUERY = 1  # a question has few words: what is wrongly guessed was as likely wrong without a guess
LOOK_AT = 400  # words; more do not change the guess


def guess(words: Iterable[str], *, query: bool = False) -> str | None:
    """The ISO 639-1 code for case-folded words, or `None` where too few of them tell. A `query` needs fewer."""
    some = [word for word, _ in zip(words, range(LOOK_AT), strict=False)]
    for language, script in _SCRIPTS:
        if sum(1 for word in some if script.search(word)) * 2 > len(some):
            return language
    counts = sorted(
        ((sum(1 for word in some if word in small), language) for language, small in STOP_WORDS.items()), reverse=True
    )
    (best, language), (second, _) = counts[:2]
    return language if best - second >= (_ENOUGH_IN_QUERY if query else _ENOUGH) else None
