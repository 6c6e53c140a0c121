"""A part as the parser child makes it: its text as a model reads it, and its measures."""

from dataclasses import dataclass

from pipeline.prompting.measures import Measures


@dataclass(frozen=True, kw_only=True, slots=True)
class TextPart(Measures):
    """One part."""

    text: str
