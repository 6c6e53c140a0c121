"""What makes vectors of pictures of pages."""

from typing import Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from pipeline.model_settings.addresses import ServerUrl
from pipeline.settings_group import ApiKey, SettingsGroup

MAX_NUMBERS = 1024 * 1024
"""A page's vectors have fewer numbers in all; Qdrant takes no more (`MAX_MULTIVECTOR_FLATTENED_LEN`)."""


class NoPageEmbedder(SettingsGroup):
    """Pages are found by their text alone."""

    kind: Literal["none"] = "none"
    weight: PositiveFloat = 1.0
    """Of a page's rank where the two searches are fused; that of a passage is 1."""


class ServerPageEmbedder(SettingsGroup):
    """A late-interaction model of page images on a server with `/pooling`: vLLM."""

    kind: Literal["server"] = "server"
    url: ServerUrl
    """Of the API, e.g. `http://gpu-2:8000/v1`; `/pooling` is beside its `/v1`."""
    api_key: ApiKey | None = None
    model: str = Field(min_length=1)
    """Its name at the server."""
    revision: str = ""
    """To be changed when the server gets other weights under the same name."""
    dimensions: int = Field(ge=1, le=4096)
    """Length of a vector; others are refused."""
    max_vectors: int = Field(default=2048, ge=1, le=65_536)
    """Most vectors of one page; a page with more is refused."""
    side_px: int = Field(default=1024, ge=64, le=4096)
    """The longer side of the pictures of pages."""
    max_pages: PositiveInt = 500
    """Of a document; those behind are found by their text alone."""
    page_text: str = "Describe the image."
    """What the model wants beside a page."""
    query_prefix: str = ""
    """And before a query,"""
    query_suffix: str = ""
    """and behind it."""
    weight: PositiveFloat = 1.0
    """Of a page's rank where the two searches are fused; that of a passage is 1."""
    parallel: PositiveInt = 4
    """Requests of this process at a time; more wait for their turn."""
    timeout_seconds: PositiveFloat = 60.0
    """Longest time for one page,"""
    query_timeout_seconds: PositiveFloat = 5.0
    """and for a query, after which a search goes on without pages."""

    @model_validator(mode="after")
    def _fits_the_stores(self) -> Self:
        if self.dimensions * self.max_vectors >= MAX_NUMBERS:
            raise ValueError(f"max_vectors times dimensions must be less than {MAX_NUMBERS}")
        return self


AnyPageEmbedder = NoPageEmbedder | ServerPageEmbedder
