"""What windows over a stored document show: texts as prepared, pictures rendered when they are asked for."""

import logging
from collections.abc import Callable, Mapping

from pipeline.errors import InputError, ParserError, PasswordRequired
from pipeline.models.chat import ImagePart
from pipeline.models.llama4 import Canvas
from pipeline.prompting.kept import KeptPictures
from pipeline.prompting.page_numbers import spelled
from pipeline.prompting.prepared import Prepared
from schemas.documents import Notice

log = logging.getLogger("sheaf.prompting")

Render = Callable[[Mapping[int, Canvas]], dict[int, ImagePart]]
"""Pictures of pages, each scaled and padded to its canvas."""


class SandboxMaterial:
    """A `Material` over a document whose pages child processes render. Thread-safe.

    A page that cannot be rendered is shown without its picture; `unshown` says which and why. The pictures used last
    are kept: a window's halves, and its further turns, show them again.
    """

    def __init__(self, prepared: Prepared, render: Render, kept: KeptPictures | None = None) -> None:
        self._prepared = prepared
        self._render = render
        self._kept = KeptPictures() if kept is None else kept
        self.unshown: dict[int, str] = {}
        """Numbers of pages whose picture could not be made, and why."""

    def text(self, number: int) -> str:
        """The text of a part as it is put into the prompt."""
        return self._prepared.text(number)

    def images(self, wanted: dict[int, Canvas]) -> dict[int, ImagePart]:
        """Pictures of parts, each on its canvas exactly; those that cannot be made are missing."""
        found = self._kept.take(wanted)
        missing = {
            number: canvas for number, canvas in wanted.items() if number not in found and number not in self.unshown
        }
        if missing:
            made = self._made(missing)
            self._kept.add(missing, made)
            found |= made
        return found

    def notices(self) -> list[Notice]:
        """For the result: which pages' pictures the model was not shown; empty where none is missing."""
        if not self.unshown:
            return []
        message = f"The model was not shown the pictures of {spelled(sorted(self.unshown))}."
        return [Notice(code="pictures-missing", message=message)]

    def _made(self, wanted: Mapping[int, Canvas]) -> dict[int, ImagePart]:
        """Rendered together; where that fails in halves, so that a page that cannot be rendered costs no other."""
        if not wanted:
            return {}
        try:
            return self._render(wanted)
        except PasswordRequired as error:
            # Its password is not kept, so no page of it can be rendered.
            self.unshown |= dict.fromkeys(wanted, error.message)
            return {}
        except (InputError, ParserError) as error:
            numbers = sorted(wanted)
            if len(numbers) == 1:
                log.info("page %d is shown without its picture: %s", numbers[0], error.message)
                self.unshown[numbers[0]] = error.message
                return {}
            middle = len(numbers) // 2
            halves = ({number: wanted[number] for number in half} for half in (numbers[:middle], numbers[middle:]))
            return {number: part for half in halves for number, part in self._made(half).items()}
