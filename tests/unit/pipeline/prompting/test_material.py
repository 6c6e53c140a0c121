from collections.abc import Callable, Iterator, Mapping

import pytest

from pipeline.errors import DamagedFile, JobCancelled, ParserCrashed, PasswordRequired, SheafError
from pipeline.models.chat import ImagePart
from pipeline.models.llama4 import Canvas
from pipeline.models.tokens import Tokens
from pipeline.prompting.kept import KeptPictures
from pipeline.prompting.material import SandboxMaterial
from pipeline.prompting.parts import TextPart
from pipeline.prompting.prepared import Prepared
from pipeline.prompting.wire import pack

ONE = (1, 1)


class Renderer:
    """Makes pictures of so many bytes, fails on some pages, and remembers what it was asked."""

    def __init__(self, fails: Mapping[int, SheafError] | None = None, size: int = 10) -> None:
        self.fails = fails or {}
        self.size = size
        self.asked: list[list[int]] = []

    def __call__(self, wanted: Mapping[int, Canvas]) -> dict[int, ImagePart]:
        self.asked.append(sorted(wanted))
        for number in wanted:
            if number in self.fails:
                raise self.fails[number]
        return {
            number: ImagePart(data=bytes(self.size), media_type="image/jpeg", width=336, height=336)
            for number in wanted
        }


@pytest.fixture
def material() -> Iterator[Callable[..., SandboxMaterial]]:
    data = pack([TextPart(number=number, text=f"page {number}") for number in range(1, 9)])
    with Prepared(data, Tokens()) as prepared:
        yield lambda renderer, kept=None: SandboxMaterial(prepared, renderer, kept)


def test_texts_come_from_what_was_prepared(material) -> None:
    assert material(Renderer()).text(3) == "page 3"


def test_a_page_is_rendered_once(material) -> None:
    renderer = Renderer()
    pages = material(renderer)
    assert sorted(pages.images({1: ONE, 2: ONE})) == [1, 2]
    assert pages.notices() == []
    assert sorted(pages.images({2: ONE, 3: ONE})) == [2, 3]
    assert renderer.asked == [[1, 2], [3]]


def test_another_canvas_is_another_picture(material) -> None:
    renderer = Renderer()
    pages = material(renderer)
    pages.images({1: ONE})
    pages.images({1: (2, 2)})
    assert renderer.asked == [[1], [1]]


def test_no_more_bytes_are_kept_than_allowed_and_the_ones_used_last_stay(material) -> None:
    renderer = Renderer(size=10)
    kept = KeptPictures(25)
    pages = material(renderer, kept)
    for number in (1, 2, 1, 3):
        pages.images({number: ONE})
        assert kept.bytes <= 25
    pages.images({1: ONE})
    pages.images({2: ONE})
    assert renderer.asked == [[1], [2], [3], [2]]


@pytest.mark.parametrize("error", [ParserCrashed(), DamagedFile("The page is damaged.")])
def test_a_page_that_cannot_be_rendered_costs_no_other_its_picture(material, error: SheafError) -> None:
    renderer = Renderer({5: error})
    pages = material(renderer)
    wanted = dict.fromkeys(range(1, 9), ONE)
    assert sorted(pages.images(wanted)) == [1, 2, 3, 4, 6, 7, 8]
    assert pages.unshown == {5: error.message}
    [notice] = pages.notices()
    assert (notice.code, "page 5" in notice.message) == ("pictures-missing", True)
    asked = len(renderer.asked)
    pages.images(wanted)
    assert len(renderer.asked) == asked, "it is not tried again"


def test_an_encrypted_document_is_shown_without_pictures(material) -> None:
    renderer = Renderer({1: PasswordRequired()})
    pages = material(renderer)
    assert pages.images({1: ONE, 2: ONE}) == {}
    assert sorted(pages.unshown) == [1, 2]
    assert len(renderer.asked) == 1


def test_a_cancelled_job_is_cancelled(material) -> None:
    with pytest.raises(JobCancelled):
        material(Renderer({1: JobCancelled()})).images({1: ONE, 2: ONE})
