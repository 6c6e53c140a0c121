"""One level of a cascade: a model is asked for what is still wanted, and its answers are merged with what is known."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from pipeline.extraction.leaves import ROW, Array, Object, arrays, leaves, read_schema
from pipeline.extraction.model.answers import Reading
from pipeline.extraction.model.compact import compact_schema, most_items
from pipeline.extraction.model.reading import read_windows
from pipeline.extraction.model.selecting import select
from pipeline.extraction.model.windows import Asked
from pipeline.extraction.model.words import ExtractionWords
from pipeline.extraction.pointers import Path
from pipeline.extraction.validation import SchemaValidator
from pipeline.models.chat import ChatModel
from pipeline.models.tokens import Tokens
from pipeline.prompting.material import Render, SandboxMaterial
from pipeline.prompting.planning import Budget, plan
from pipeline.prompting.prepared import Prepared, prepare
from pipeline.prompting.windows import Material
from pipeline.reading.child.sandbox import Sandbox
from pipeline.settings import Extraction as Settings
from schemas import exact_json
from schemas.extraction import Extraction

MERGE = "pipeline.extraction.task:merge_answers"
MARGIN_TOKENS = 256
"""For what a chat template adds that nobody counts."""
LEAF_BYTES = 22
"""Of a value in an answer: about so much beside its name."""
ROOM_FOR_ROWS = 0.7
"""Of the room for an answer; the rest is for what rows have more than others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentSource:
    """The document that is read."""

    open: Callable[[], BinaryIO]
    """A `Document` as JSON, as a file with a real descriptor."""
    render: Render
    """Pictures of its pages."""
    schema: dict[str, Any]
    """The user's own."""


class ModelLevel:
    """Asks one model about one document."""

    def __init__(
        self,
        model: ChatModel,
        source: DocumentSource,
        sandbox: Sandbox,
        settings: Settings,
        *,
        progress: Callable[[float], None] = lambda _: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._model = model
        self._source = source
        self._sandbox = sandbox
        self._settings = settings
        self._progress = progress
        self._stopped = stopped
        self._answer_tokens = min(settings.answer_tokens, model.capabilities.context_tokens // 4)

    def extract(self, known: Extraction, wanted: set[Path]) -> Extraction:
        """What is known with what the model says of the wanted leaves and arrays.

        Raises:
            ModelError: the model failed, or a page does not fit its context in any form.
            ParserError: a child ended badly.
            JobCancelled: `stopped` returned true.
        """
        tree = select(read_schema(self._source.schema), wanted)
        with self._source.open() as document:
            prepared = prepare(
                self._sandbox,
                document,
                self._model.tokens,
                most_tokens=self._settings.window_tokens,
                stopped=self._stopped,
            )
        with prepared:
            material = SandboxMaterial(prepared, self._source.render)
            reading = self._read(tree, prepared, material)
            worded = {profile.number for profile in prepared.profiles if profile.words}
            sizes = [[profile.number, profile.text_tokens] for profile in prepared.profiles]
        merged = self._merge(known, wanted, reading, sizes)
        merged.warnings += material.notices()
        # Of a page without words whose picture is missing the model was shown nothing at all.
        merged.truncated |= not worded.issuperset(material.unshown)
        return merged

    def _read(self, tree: Object, prepared: Prepared, material: Material) -> Reading:
        schema = compact_schema(tree)
        words = ExtractionWords(schema, material)
        windows = plan(prepared.profiles, self._model.tokens, self._budget(tree, words.cost(self._model.tokens)))
        asked = Asked(
            model=self._model,
            words=words,
            tree=tree,
            schema=schema,
            validator=SchemaValidator(self._source.schema),
            max_tokens=self._answer_tokens,
            timeout_seconds=self._settings.answer_seconds,
            stopped=self._stopped,
        )
        return read_windows(
            asked,
            windows,
            prompt=words.prompt,
            calls_per_window=self._settings.calls_per_window,
            progress=lambda share: self._progress(0.05 + 0.75 * share),
        )

    def _budget(self, tree: Object, prompt_tokens: int) -> Budget:
        """An answer stands twice in the context: where it is continued or repaired, the first one is shown."""
        capabilities = self._model.capabilities
        room = capabilities.context_tokens - prompt_tokens - 2 * self._answer_tokens - MARGIN_TOKENS
        return Budget(
            tokens=max(1, min(self._settings.window_tokens, room)),
            images=min(self._settings.images, capabilities.images),
            rows=self._rows(tree),
        )

    def _rows(self, tree: Object) -> int:
        """Rows that an answer has room for."""
        tables = [array for array in arrays(tree) if ROW not in array.path]
        room = ROOM_FOR_ROWS * self._answer_tokens
        fitting = ((array, int(room / _row_tokens(array, self._model.tokens))) for array in tables)
        return min((max(1, min(most_items(array), rows)) for array, rows in fitting), default=0)

    def _merge(self, known: Extraction, wanted: set[Path], reading: Reading, sizes: list[list[int]]) -> Extraction:
        arguments = {
            "schema": self._source.schema,
            "known": exact_json.dumps(known).decode(),
            "reading": exact_json.dumps(reading).decode(),
            "wanted": sorted([str(step) for step in path] for path in wanted),
            "sizes": sizes,
        }
        with self._source.open() as document:
            merged = self._sandbox.run(
                MERGE,
                document,
                arguments,
                progress=lambda share: self._progress(0.8 + 0.2 * share),
                cancelled=self._stopped,
            )
        return Extraction.model_validate(exact_json.loads(merged))


def _row_tokens(array: Array, tokens: Tokens) -> float:
    size = sum(len(leaf.name) + LEAF_BYTES for leaf in leaves(array.item))
    return max(1.0, size / tokens.bytes_per_token)
