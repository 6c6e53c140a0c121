"""Text to condition.

    filter     = either
    either     = every, { "or", every }
    every      = single, { "and", single }
    single     = "not", single | "(", either, ")" | comparison
    comparison = name, ("=" | "!=" | "<" | "<=" | ">" | ">="), value
               | name, ["not"], "in", "(", value, { ",", value }, ")"
    name       = "collection" | "document" | "type" | "tags" | "uploaded" | ("fields." | "metadata."), pointer
    value      = text in quotes | number | date or time (ISO 8601) | "true" | "false"

`tags` is `metadata./tags`. A day is the whole of it: `uploaded <= 2024-03-31` holds until that day ends.
"""

from pipeline.errors import InvalidFilter
from pipeline.filtering.comparisons import Time, equal, number, ordered, text_of, time
from pipeline.filtering.conditions import Condition, Either, Every, Name, Not, Scalar
from pipeline.filtering.tokens import Token, tokens

MOST_COMPARISONS = 64
DEEPEST = 16
MOST_VALUES = 1_000
"""In one list."""
SINGLE_NAMES = {
    "collection": Name("collection"),
    "document": Name("document"),
    "type": Name("type"),
    "tags": Name("metadata", "/tags"),
    "uploaded": Name("uploaded"),
}
NAMES = "collection, document, type, tags, uploaded, fields./POINTER and metadata./POINTER"


def parse(text: str) -> Condition:
    """The condition that a filter's text says.

    Raises:
        InvalidFilter: it says none, or one that is too large; `at` is the character where.
    """
    return _Parser(tokens(text)).whole()


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._next = 0
        self._depth = 0
        self._comparisons = 0

    def whole(self) -> Condition:
        condition = self._either()
        if self._peek.kind != "end":
            raise self._unexpected("'and', 'or' or the end")
        return condition

    @property
    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self, *texts: str) -> Token | None:
        """The next token where it is one of these words or marks."""
        token = self._peek
        if token.kind in {"word", "mark"} and token.text.lower() in texts:
            self._next += 1
            return token
        return None

    def _either(self) -> Condition:
        parts = [self._every()]
        while self._take("or"):
            parts.append(self._every())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _every(self) -> Condition:
        parts = [self._single()]
        while self._take("and"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _single(self) -> Condition:
        opened = self._take("not", "(")
        if opened is None:
            return self._comparison()
        self._depth += 1
        if self._depth > DEEPEST:
            raise InvalidFilter(f"the filter is nested deeper than {DEEPEST}", at=opened.at, limit=DEEPEST)
        found: Condition
        if opened.text == "(":
            found = self._either()
            self._expect(")")
        else:
            found = Not(self._single())
        self._depth -= 1
        return found

    def _comparison(self) -> Condition:
        start = self._peek
        self._comparisons += 1
        if self._comparisons > MOST_COMPARISONS:
            raise InvalidFilter(
                f"the filter compares more than {MOST_COMPARISONS} times", at=start.at, limit=MOST_COMPARISONS
            )
        name = self._name()
        negated = self._take("not") is not None
        if negated or self._peek.text.lower() == "in":
            return self._listed(name, negated=negated)
        operator = self._take("=", "!=", "<", "<=", ">", ">=")
        if operator is None:
            raise self._unexpected("one of = != < <= > >= in")
        at = self._peek.at
        value = self._value()
        if operator.text in {"=", "!="}:
            found = equal(name, [value], at)
            return Not(found) if operator.text == "!=" else found
        return ordered(name, operator.text, value, at)

    def _listed(self, name: Name, *, negated: bool) -> Condition:
        self._expect("in")
        opened = self._expect("(")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
            if len(values) > MOST_VALUES:
                raise InvalidFilter(f"a list has more than {MOST_VALUES} values", at=opened.at, limit=MOST_VALUES)
        self._expect(")")
        found = equal(name, values, opened.at)
        return Not(found) if negated else found

    def _name(self) -> Name:
        token = self._peek
        if token.kind == "name":
            self._next += 1
            return _pointed(token)
        if token.kind == "word" and token.text in SINGLE_NAMES:
            self._next += 1
            return SINGLE_NAMES[token.text]
        raise self._unexpected(f"a name ({NAMES})")

    def _value(self) -> Scalar | Time:
        token = self._peek
        self._next += token.kind in {"text", "number", "date"}
        if token.kind == "text":
            return text_of(token)
        if token.kind == "number":
            return number(token)
        if token.kind == "date":
            return time(token)
        said = self._take("true", "false")
        if said is None:
            raise self._unexpected("a value: a text in quotes, a number, a date, true or false")
        return said.text.lower() == "true"

    def _expect(self, text: str) -> Token:
        token = self._take(text)
        if token is None:
            raise self._unexpected(repr(text))
        return token

    def _unexpected(self, wanted: str) -> InvalidFilter:
        token = self._peek
        return InvalidFilter(f"the filter has {token.shown} where {wanted} is expected", at=token.at)


def _pointed(token: Token) -> Name:
    group, _, written = token.text.partition(".")
    pointer = text_of(Token("text", written, token.at)) if written.startswith('"') else written
    if not pointer.startswith("/"):
        raise InvalidFilter("a field's name is a JSON Pointer and begins with /", at=token.at)
    if any(part.isdigit() or part == "*" for part in pointer.split("/")):
        raise InvalidFilter("rows of tables cannot be asked for", at=token.at)
    return Name("fields" if group == "fields" else "metadata", pointer)
