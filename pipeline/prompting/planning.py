"""Windows over a document, under a budget that is never exceeded."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.errors import ContextExceeded
from pipeline.models.tokens import Tokens
from pipeline.prompting.forms import Forms
from pipeline.prompting.profiles import Profile
from pipeline.prompting.windows import PartForm, Window

OVERLAP_SHARE = 0.25
"""A part that costs more of the budget is not shown again."""
HALVINGS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """What the parts of one window may take together."""

    tokens: int
    """Of the context, less the prompt around the parts and the room for answers."""
    images: int = 10
    tiles: int = 16
    """Most tiles of one picture."""
    rows: int = 0
    """Most rows of tables, so that an answer that lists them is not cut; 0 for no limit."""
    overlap: bool = True
    """Whether each window begins with the last part of the window before it."""


@dataclass(frozen=True, slots=True)
class _Atom:
    """What is not taken apart: a part in its form (or a piece of it), and how it would be shown again."""

    form: PartForm
    again: PartForm
    rows: int


def plan(profiles: Iterable[Profile], tokens: Tokens, budget: Budget) -> list[Window]:
    """Windows over all parts, in order; no parts, no windows.

    Each part stands in some window, and in the form that shows most of what it is within the budget. There are as few
    windows as the budget allows, and they are about equally full.

    Raises:
        ContextExceeded: a part does not fit in any form.
    """
    forms = Forms(tokens, images=budget.images > 0, tiles=budget.tiles)
    atoms = [atom for profile in profiles for atom in _atoms(profile, forms, budget)]
    if not atoms:
        return []
    best = _packed(atoms, budget, 1.0)
    low, high = 1 / len(best) / 2, 1.0
    for _ in range(HALVINGS if len(best) > 1 else 0):
        share = (low + high) / 2
        packed = _packed(atoms, budget, share)
        if len(packed) <= len(best):
            best, high = packed, share
        else:
            low = share
    return [_window(atoms, start, stop, budget) for start, stop in best]


def halve(window: Window) -> tuple[Window, Window] | None:
    """The window as two about equally full, the second beginning with the last part of the first.

    `None` where only one of its parts was not shown before it: it cannot be halved.
    """
    own = len(window.forms) - window.overlap
    if own < 2:
        return None
    sums = [0]
    for form in window.forms[window.overlap :]:
        sums.append(sums[-1] + form.tokens)
    middle = window.overlap + min(range(1, own), key=lambda at: abs(2 * sums[at] - sums[-1]))
    first = Window(forms=window.forms[:middle], overlap=window.overlap)
    return first, Window(forms=window.forms[middle - 1 :], overlap=1)


def _atoms(profile: Profile, forms: Forms, budget: Budget) -> list[_Atom]:
    """The first way to show it of which every form fits a window alone."""
    for choice in forms.choices(profile):
        if all(form.tokens <= budget.tokens for form in choice):
            rows = -(-profile.rows // len(choice))
            return [_Atom(form, forms.again(profile, form), rows) for form in choice]
    raise ContextExceeded(f"page {profile.number} does not fit a budget of {budget.tokens} tokens", page=profile.number)


def _packed(atoms: Sequence[_Atom], budget: Budget, share: float) -> list[tuple[int, int]]:
    """Windows filled one after the other up to a share of the budget: where each begins and ends, overlap aside."""
    most_tokens = budget.tokens * share
    most_images = max(1, math.ceil(budget.images * share))
    most_rows = budget.rows * share if budget.rows else math.inf
    windows: list[tuple[int, int]] = []
    start = tokens = images = rows = 0
    for at, atom in enumerate(atoms):
        form = atom.form
        tokens, images, rows = tokens + form.tokens, images + (form.canvas is not None), rows + atom.rows
        if at > start and (tokens > most_tokens or images > most_images or rows > most_rows):
            windows.append((start, at))
            start = at
            again = _again(atoms, at, budget)
            tokens = form.tokens + (again.tokens if again else 0)
            images = (form.canvas is not None) + (again is not None and again.canvas is not None)
            rows = atom.rows + (atoms[at - 1].rows if again else 0)
    return [*windows, (start, len(atoms))]


def _again(atoms: Sequence[_Atom], start: int, budget: Budget) -> PartForm | None:
    """What the window that begins at an atom shows again; nothing where it would cost too much or not fit beside it."""
    if start == 0 or not budget.overlap:
        return None
    again, form = atoms[start - 1].again, atoms[start].form
    images = (again.canvas is not None) + (form.canvas is not None)
    if again.tokens > OVERLAP_SHARE * budget.tokens or images > budget.images:
        return None
    return again if again.tokens + form.tokens <= budget.tokens else None


def _window(atoms: Sequence[_Atom], start: int, stop: int, budget: Budget) -> Window:
    again = _again(atoms, start, budget)
    own = tuple(atom.form for atom in atoms[start:stop])
    return Window(forms=own if again is None else (again, *own), overlap=0 if again is None else 1)
