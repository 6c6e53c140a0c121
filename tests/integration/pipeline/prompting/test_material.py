from pathlib import Path

import pytest

from pipeline.errors import ParserError
from pipeline.models.tokens import Tokens
from pipeline.prompting.material import SandboxMaterial
from pipeline.prompting.messages import build, tokens_of
from pipeline.prompting.pictures import render as draw
from pipeline.prompting.planning import Budget, plan
from pipeline.prompting.prepared import prepare
from pipeline.prompting.templates import render
from pipeline.reading.child.sandbox import Sandbox
from pipeline.reading.reader import Reader
from pipeline.settings import Reading

EXAMPLES = Path(__file__).parents[4] / "examples"
TOKENS = Tokens()


@pytest.fixture(scope="module")
def sandbox(warm_sandbox: Sandbox) -> Sandbox:
    return warm_sandbox


def document_of(sandbox: Sandbox, name: str, media_type: str, folder: Path) -> Path:
    with (EXAMPLES / name).open("rb") as source:
        document = Reader(sandbox, None, Reading()).read(source, name=name, media_type=media_type)
    path = folder / "document.json"
    path.write_bytes(document.model_dump_json().encode())
    return path


@pytest.mark.parametrize(
    ("name", "media_type", "pages", "pictures"),
    [
        ("invoice.pdf", "application/pdf", 2, 2),
        ("contract.pdf", "application/pdf", 10, 0),
        ("receipt.jpg", "image/jpeg", 1, 1),
    ],
)
def test_a_document_goes_into_messages_as_counted(
    sandbox: Sandbox, tmp_path: Path, name: str, media_type: str, pages: int, pictures: int
) -> None:
    """Read, prepared, planned, rendered and said; what the planner counted is what a server would charge."""
    path = document_of(sandbox, name, media_type, tmp_path)
    prompt = render("extract", schema="{}")
    with (
        path.open("rb") as document,
        (EXAMPLES / name).open("rb") as source,
        prepare(sandbox, document, TOKENS, most_tokens=50_000) as made,
    ):
        assert len(made.profiles) == pages
        [window] = plan(made.profiles, TOKENS, Budget(tokens=50_000))
        material = SandboxMaterial(made, lambda wanted: draw(sandbox, source, media_type, Reading(), wanted))
        messages = build(prompt, window, material)
        assert material.unshown == {}
    assert window.images == pictures
    counted = TOKENS.prompt + sum(
        TOKENS.turn
        + sum(TOKENS.text(p) if isinstance(p, str) else TOKENS.image(p.width, p.height) for p in message.parts)
        for message in messages
    )
    # Counted by bytes, each text is rounded up by itself: three texts a page.
    assert counted <= tokens_of(prompt, TOKENS) + window.tokens <= counted + 3 * pages + 3


def test_what_is_no_document_ends_the_child_not_us(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "no.json"
    path.write_bytes(b"{}")
    with path.open("rb") as document, pytest.raises(ParserError):
        prepare(sandbox, document, TOKENS, most_tokens=50_000)


def test_a_source_without_pages_to_show_is_shown_as_text(sandbox: Sandbox, tmp_path: Path) -> None:
    path = document_of(sandbox, "invoice.pdf", "application/pdf", tmp_path)
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 gone")
    with (
        path.open("rb") as document,
        broken.open("rb") as source,
        prepare(sandbox, document, TOKENS, most_tokens=50_000) as made,
    ):
        [window] = plan(made.profiles, TOKENS, Budget(tokens=50_000))
        material = SandboxMaterial(made, lambda wanted: draw(sandbox, source, "application/pdf", Reading(), wanted))
        [_, user] = build(render("extract", schema="{}"), window, material)
    assert sorted(material.unshown) == [1, 2]
    assert all(isinstance(part, str) for part in user.parts)
    assert str(user.parts[0]).count("could not be made") == 2
