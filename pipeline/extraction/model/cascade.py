"""Rules, then a small model, then a large one: each is asked only for what the ones before it were not sure of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.errors import ModelError
from pipeline.extraction.leaves import read_schema
from pipeline.extraction.model.level import ModelLevel
from pipeline.extraction.model.paths import wanted_paths
from pipeline.extraction.model.selecting import stated, unsettled
from pipeline.extraction.pointers import Path, pointer
from schemas.documents import Notice
from schemas.extraction import Extraction

NO_ATTEMPT_LEFT = "The model could not be asked, and this is what was found without it: "


@dataclass(frozen=True, kw_only=True, slots=True)
class Cascade:
    """The levels behind the rules, cheapest first."""

    levels: Sequence[tuple[str, Callable[[], ModelLevel]]]
    """A name for results, and what makes the level when its turn comes."""
    schema: dict[str, object]
    accept: float
    """Confidence from which on the next level is not asked; above 1 every level is asked for everything."""
    gives_up: Callable[[ModelError], bool]
    """Whether a model's failure is final: then what is known so far is the result, and partial."""

    def extract(self, known: Extraction) -> tuple[Extraction, ModelError | None]:
        """The last level's extraction, and the failure that ended it early.

        Raises:
            ModelError: a model failed, and may be asked again later.
            ParserError: a child ended badly.
            JobCancelled: the work was stopped.
        """
        tree = read_schema(self.schema)
        silent: set[Path] = set()
        told = stated(tree, known)
        for name, make in self.levels:
            wanted = unsettled(tree, known, self.accept, silent) if self.accept <= 1 else wanted_paths(tree)
            wanted -= told
            if not wanted:
                break
            missing = {path for path in wanted if pointer(path) not in known.fields}
            try:
                known = make().extract(known, wanted)
            except ModelError as error:
                if not self.gives_up(error):
                    raise
                return _without(known, error), error
            known.produced_by = _named(known.produced_by, name)
            silent |= {path for path in missing if pointer(path) not in known.fields}
        return known, None


def _named(produced_by: dict[str, str], level: str) -> dict[str, str]:
    """Who answered at a level stands under the level's name."""
    model = produced_by.get("extraction", "")
    return {name: value for name, value in produced_by.items() if name != "extraction"} | {f"extraction_{level}": model}


def _without(known: Extraction, error: ModelError) -> Extraction:
    notice = Notice(code=error.name, message=NO_ATTEMPT_LEFT + error.message)
    return known.model_copy(update={"truncated": True, "warnings": [notice, *known.warnings]})
