"""How values are found."""

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from pipeline.settings_group import SettingsGroup


class Extraction(SettingsGroup):
    """How a chat model is asked for values. Without one the rules read them, and only `review_below` counts."""

    cascade: bool = False
    """Whether models are asked only for what the rules, and then the small model, were not sure of."""
    accept: float = Field(default=0.9, ge=0, le=1)
    """Confidence from which on the next level of a cascade is not asked."""
    review_below: float = Field(default=0.81, ge=0, le=1)
    """Values less sure than this are marked `needs_review`."""
    window_tokens: PositiveInt = 48_000
    """Most tokens of a document in one request; the model's context may allow less."""
    answer_tokens: PositiveInt = 16_384
    """Most tokens of one answer."""
    answer_seconds: PositiveFloat = 600.0
    """How long one answer may take."""
    images: NonNegativeInt = 8
    """Most pictures of pages in one request; the model may allow less."""
    calls_per_window: PositiveInt = 6
    """Requests for each window of a document on average, with repairs, continuations and halves; then it is partial."""
