"""`receipt.jpg`: a till receipt on a dark table, photographed askew in poor light."""

from decimal import Decimal
from io import BytesIO

import numpy as np
from PIL import Image

from examples.making import scan
from examples.making.paper import Paper

MERCHANT = "LANTERN CORNER GROCERY"
ADDRESS = ["27 Tidewater Lane", "Port Elmsford PE4 7QX"]
NUMBER = "004871"
DATE, TIME = "14/03/2026", "17:42"
ITEMS: list[tuple[int, str, Decimal]] = [
    (1, "Wholemeal bread", Decimal("3.20")),
    (2, "Oat drink", Decimal("2.29")),
    (1, "Olive oil 500 ml", Decimal("8.95")),
    (3, "Lemon", Decimal("0.45")),
    (1, "Smoked cheese", Decimal("4.60")),
    (2, "Tomato soup", Decimal("1.75")),
    (1, "Ground coffee", Decimal("6.49")),
    (4, "Bread roll", Decimal("0.55")),
]
"""Quantity, name, price of one; VAT included."""
TOTAL = sum((quantity * price for quantity, _, price in ITEMS), Decimal(0))
TAX_PERCENT = 7
TAX = (TOTAL * TAX_PERCENT / (100 + TAX_PERCENT)).quantize(Decimal("0.01"))
PAID = Decimal("40.00")

_SIZE = (250.0, 440.0)
_LEFT, _RIGHT, _MIDDLE = 16.0, 234.0, 125.0
_FONT, _BOLD = "cour", "cobo"


def draw() -> bytes:
    """The JPEG."""
    paper = Paper("Receipt", _SIZE)
    paper.new_page()
    y = _heading(paper)
    y = _items(paper, y)
    _sums(paper, y)
    return _photograph(scan.opened(paper.pixels(dpi=250)[0]))


def _heading(paper: Paper) -> float:
    paper.text(_MIDDLE, 38, MERCHANT, size=13, font=_BOLD, align="center")
    for index, line in enumerate([*ADDRESS, "Phone 0555 018 2244"]):
        paper.text(_MIDDLE, 56 + 13 * index, line, font=_BOLD, align="center")
    paper.text(_LEFT, 108, f"Date: {DATE}", font=_BOLD)
    paper.text(_RIGHT, 108, TIME, font=_BOLD, align="right")
    paper.text(_LEFT, 122, f"Receipt no: {NUMBER}", font=_BOLD)
    paper.rule(_LEFT, _RIGHT, 130)
    return 146


def _items(paper: Paper, y: float) -> float:
    for x, text, align in [(_LEFT, "Qty", "left"), (_LEFT + 32, "Item", "left"), (_RIGHT, "Amount", "right")]:
        paper.text(x, y, text, font=_BOLD, align=align)  # type: ignore[arg-type] # the literals above
    paper.text(_RIGHT - 54, y, "Price", font=_BOLD, align="right")
    for quantity, name, price in ITEMS:
        y += 16
        paper.text(_LEFT, y, str(quantity), font=_BOLD)
        paper.text(_LEFT + 32, y, name, font=_BOLD)
        paper.text(_RIGHT - 54, y, f"{price:.2f}", font=_BOLD, align="right")
        paper.text(_RIGHT, y, f"{quantity * price:.2f}", font=_BOLD, align="right")
    return y + 10


def _sums(paper: Paper, y: float) -> None:
    paper.rule(_LEFT, _RIGHT, y)
    paper.text(_LEFT, y + 20, "TOTAL EUR", size=13, font=_BOLD)
    paper.text(_RIGHT, y + 20, f"{TOTAL:.2f}", size=13, font=_BOLD, align="right")
    rows = [(f"VAT {TAX_PERCENT}% incl.", TAX), ("Cash", PAID), ("Change", PAID - TOTAL)]
    for index, (label, value) in enumerate(rows):
        paper.text(_LEFT, y + 40 + 15 * index, label, font=_BOLD)
        paper.text(_RIGHT, y + 40 + 15 * index, f"{value:.2f}", font=_BOLD, align="right")
    paper.text(_MIDDLE, y + 104, "Thank you for shopping with us", font=_BOLD, align="center")
    paper.text(_MIDDLE, y + 118, "Open every day 7 to 21", font=_BOLD, align="center")


def _photograph(page: Image.Image) -> bytes:
    random = np.random.default_rng(4871)
    table = Image.new("L", (page.width + 150, page.height + 130), 70)
    table.paste(page.point(lambda level: 35 + level * 200 // 255), (80, 60))
    seen = scan.blurred(scan.turned(table, 1.4, fill=70), 1.1)
    pixels = scan.noisy(scan.uneven_light(scan.as_pixels(seen), 0.62), 11, random)
    out = BytesIO()
    scan.as_image(pixels).save(out, "JPEG", quality=60)
    return out.getvalue()
