"""How a part is shown: its text, its picture or both, and how many tiles the picture gets."""

from collections.abc import Iterator
from dataclasses import replace

from pipeline.models import llama4
from pipeline.models.llama4 import TILE_PX, Canvas
from pipeline.models.tokens import Tokens
from pipeline.prompting.fences import closing, opening
from pipeline.prompting.profiles import Piece, Profile
from pipeline.prompting.windows import PartForm

SCAN_DPI = 150
"""More of a full page is not seen by a model of 16 tiles (about 122 dpi)."""
LAYOUT_TILES = 4
"""Enough to see where things stand, where the text itself is known exactly."""
DETAIL_TILES = 9
"""Enough to see ticks, curves and stamps beside a text that is known."""
FORM = 0.5
"""Likeness to a form from which its boxes are looked at."""
PICTURED = 0.02
"""Share of a page under pictures from which they are looked at: a stamp is about that large on a sheet of A4."""
SURE = 0.85
"""OCR that is this sure of its words may stand for its page where the page is only shown again."""


class Forms:
    """Forms of parts, counted as a model charges them."""

    def __init__(self, tokens: Tokens, *, images: bool, tiles: int) -> None:
        self._tokens = tokens
        self._images = images
        self._tiles = min(tiles, tokens.max_tiles)

    def wanted(self, profile: Profile) -> int:
        """Most tiles of a picture that shows what the text does not; 0 where the text says all."""
        if not (self._images and profile.width and profile.height):
            return 0
        if profile.ocr or not profile.words:
            return self._tiles
        if profile.form >= FORM or profile.pictured >= PICTURED:
            return min(DETAIL_TILES, self._tiles)
        return min(LAYOUT_TILES, self._tiles) if profile.tables else 0

    def choices(self, profile: Profile) -> Iterator[tuple[PartForm, ...]]:
        """Ways to show a part, the best first; a way is one form, or several where its text is cut to pieces."""
        tiles = self.wanted(profile)
        if profile.text_tokens:
            text = self.text_only(profile)
            for canvas in self._canvases(profile, tiles):
                yield (self._pictured(text[0], canvas), *text[1:])
            yield text
        for canvas in self._canvases(profile, tiles):
            yield (self._form(profile, text=False, canvas=canvas),)
        if not profile.text_tokens:
            yield (self._form(profile, text=False),)

    def again(self, profile: Profile, last: PartForm) -> PartForm:
        """The last form of a window as the next one shows it again.

        Without its picture where the text is sure, and only the end of that text where no table goes on, whose columns
        are named at its beginning.
        """
        trusted = profile.confidence is None or profile.confidence >= SURE
        if not last.text or last.span or (last.canvas and not trusted):
            return last
        if profile.tail is None or profile.tables:
            return self._form(profile)
        return self._piece(profile, profile.tail)

    def text_only(self, profile: Profile) -> tuple[PartForm, ...]:
        """Without a picture, in as many pieces as it has."""
        if not profile.pieces:
            return (self._form(profile),)
        return tuple(self._piece(profile, piece) for piece in profile.pieces)

    def _pictured(self, form: PartForm, canvas: Canvas) -> PartForm:
        """With a picture; of a text in pieces the first one has it."""
        pictured = replace(form, canvas=canvas)
        added = self._fence(pictured) - self._fence(form) + self.picture(canvas)
        return replace(pictured, tokens=form.tokens + added)

    def _piece(self, profile: Profile, piece: Piece) -> PartForm:
        form = replace(_bare(profile), span=(piece.start, piece.stop))
        return replace(form, tokens=self._fence(form) + piece.tokens)

    def _form(self, profile: Profile, *, text: bool = True, canvas: Canvas | None = None) -> PartForm:
        form = replace(_bare(profile), text=text, canvas=canvas)
        cost = self._fence(form) + (profile.text_tokens if text else 0) + (self.picture(canvas) if canvas else 0)
        return replace(form, tokens=cost)

    def _fence(self, form: PartForm) -> int:
        return self._tokens.text(opening(form)) + self._tokens.text(closing(form))

    def picture(self, canvas: Canvas) -> int:
        """Tokens of a picture that fills a canvas."""
        rows, columns = canvas
        return self._tokens.image(columns * TILE_PX, rows * TILE_PX)

    def _canvases(self, profile: Profile, tiles: int) -> Iterator[Canvas]:
        """Canvases for its page, from so many tiles down to one."""
        scale = 1.0 if profile.pixels else SCAN_DPI / 72
        width, height = max(1, round(profile.width * scale)), max(1, round(profile.height * scale))
        before: Canvas | None = None
        while tiles > 0:
            canvas = llama4.canvas(width, height, tiles)
            if canvas != before:
                yield canvas
            before, tiles = canvas, min(tiles, canvas[0] * canvas[1]) // 2


def _bare(profile: Profile) -> PartForm:
    return PartForm(number=profile.number, kind=profile.kind, text=True, tokens=0, ocr=profile.ocr)
