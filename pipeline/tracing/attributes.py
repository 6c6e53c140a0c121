"""The closed set of what spans may carry: ids, numbers, and names that Sheaf or its operator chose.

No text of a document, no name of a file, no question, address or key has a place here.
"""

from collections.abc import Mapping
from typing import Literal

Attribute = Literal[
    "sheaf.workspace",
    "sheaf.document",
    "sheaf.job",
    "sheaf.job.status",
    "sheaf.batch",
    "sheaf.stage",
    "sheaf.queue",
    "sheaf.attempt",
    "sheaf.status",
    "sheaf.error.category",
    "sheaf.delivery",
    "sheaf.event",
    "sheaf.request",
    "error.type",
    "http.request.method",
    "http.response.status_code",
    "http.route",
    "gen_ai.operation.name",
    "gen_ai.request.model",
    "gen_ai.request.max_tokens",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.response.finish_reasons",
]
"""Names without `sheaf.` are OpenTelemetry's semantic conventions."""

Value = str | int | float | bool
Facts = Mapping[Attribute, Value | None]
"""What is `None` is left out."""
