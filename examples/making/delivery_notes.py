"""`delivery_notes.tiff`: an invoice over three delivery notes, one a page, scanned in black and white."""

from io import BytesIO

import numpy as np
from PIL import Image

from examples.making import scan
from examples.making.invoice_line import InvoiceLine, Totals, money, parse_lines, totals
from examples.making.paper import Paper

NUMBER = "PT-88146"
SELLER = ["Pellworth Timber Yard Ltd", "Unit 5, Sawmill Road, Pellworth PW2 8LK"]
BUYER = ["Brightwater Ferries Ltd", "3 Quay Street", "Port Elmsford PE4 1AB"]
TAX_PERCENT = 20
DETAILS = [("Invoice number", NUMBER), ("Invoice date", "27 February 2026"), ("Due date", "29 March 2026")]
NOTES: list[tuple[str, str, list[InvoiceLine]]] = [
    (
        "5521",
        "3 February 2026",
        parse_lines("""
T-110; Larch decking 28 by 145 mm; 60; m; 6.40
T-114; Larch joist 45 by 70 mm; 48; m; 3.85
T-207; Oak handrail 50 mm; 12; m; 21.50
F-031; Deck screw 5 by 60, box of 200; 18; box; 18.75
F-044; Joist hanger 45 mm; 64; pcs; 1.95
"""),
    ),
    (
        "5534",
        "11 February 2026",
        parse_lines("""
T-301; Marine plywood 12 mm, sheet; 14; pcs; 62.00
T-302; Marine plywood 18 mm, sheet; 16; pcs; 84.50
A-012; Epoxy resin, 5 kg; 12; can; 97.20
A-015; Wood primer, white; 15; can; 33.40
F-060; Stainless bolt M10 by 120; 80; pcs; 2.35
F-061; Stainless washer M10; 160; pcs; 0.28
"""),
    ),
    (
        "5560",
        "24 February 2026",
        parse_lines("""
T-118; Larch cladding 21 by 125 mm; 150; m; 4.70
T-220; Pine batten 25 by 50 mm; 90; m; 1.35
A-020; Decking oil, dark; 14; can; 71.90
S-001; Delivery to Pier 2; 34; km; 2.50
"""),
    ),
]
LINES = [line for _, _, lines in NOTES for line in lines]
SUMS: Totals = totals(LINES, TAX_PERCENT)

_LEFT, _RIGHT = 55.0, 540.0
_COLUMNS = [("Article", 55.0), ("Description", 115.0)]
_NUMBERS = [("Qty", 345.0), ("Unit", 390.0), ("Unit price", 465.0), ("Amount", 540.0)]
_DPI = 200


def draw() -> bytes:
    """The TIFF, a frame a page."""
    paper = Paper(f"Invoice {NUMBER}")
    for number, (note, date, lines) in enumerate(NOTES, start=1):
        paper.new_page()
        y = _letterhead(paper) if number == 1 else _short_head(paper, number)
        y = _table(paper, f"Delivery note {note} of {date}", lines, y)
    _closing(paper, y + 20)
    random = np.random.default_rng(88146)
    tilts = [0.5, -0.4, 0.3]
    return _tiff([_scanned(png, tilt, random) for png, tilt in zip(paper.pixels(_DPI), tilts, strict=True)])


def _letterhead(paper: Paper) -> float:
    paper.text(_LEFT, 75, SELLER[0], size=16, font="hebo")
    paper.text(_LEFT, 93, SELLER[1])
    paper.text(_RIGHT, 140, "INVOICE", size=20, font="hebo", align="right")
    paper.text(_LEFT, 170, "Bill to:", size=11, font="hebo")
    for index, line in enumerate(BUYER):
        paper.text(_LEFT, 188 + 16 * index, line, size=11)
    for index, (label, value) in enumerate(DETAILS):
        paper.text(330, 170 + 18 * index, f"{label}:", size=11)
        paper.text(_RIGHT, 170 + 18 * index, value, size=11, align="right")
    paper.text(_LEFT, 262, "Goods delivered to Pier 2 in February. All amounts in GBP.", size=11)
    return 305


def _short_head(paper: Paper, number: int) -> float:
    paper.text(_LEFT, 70, SELLER[0], size=12, font="hebo")
    paper.text(_RIGHT, 70, f"Invoice {NUMBER}, page {number}", size=11, align="right")
    return 120


def _table(paper: Paper, title: str, lines: list[InvoiceLine], y: float) -> float:
    paper.text(_LEFT, y, title, size=12, font="hebo")
    y += 28
    for name, x in _COLUMNS:
        paper.text(x, y, name, size=11, font="hebo")
    for name, x in _NUMBERS:
        paper.text(x, y, name, size=11, font="hebo", align="right")
    paper.rule(_LEFT, _RIGHT, y + 7, width=1)
    for line in lines:
        y += 24
        paper.text(_COLUMNS[0][1], y, line.article, size=11)
        paper.text(_COLUMNS[1][1], y, line.description, size=11)
        texts = [str(line.quantity), line.unit, money(line.unit_price), money(line.amount)]
        for (_, x), text in zip(_NUMBERS, texts, strict=True):
            paper.text(x, y, text, size=11, align="right")
    paper.rule(_LEFT, _RIGHT, y + 9, width=1)
    return y + 30


def _closing(paper: Paper, y: float) -> None:
    for label, value in [("Net total", SUMS.net), (f"VAT {TAX_PERCENT}%", SUMS.tax), ("Total GBP", SUMS.total)]:
        font = "hebo" if label.startswith("Total") else "helv"
        paper.text(350, y, label, size=12, font=font)
        paper.text(_RIGHT, y, money(value), size=12, font=font, align="right")
        y += 22
    paper.text(_LEFT, y + 30, "Payment within 30 days. Thank you for your business.", size=11)


def _scanned(png: bytes, tilt: float, random: np.random.Generator) -> Image.Image:
    page = scan.blurred(scan.turned(scan.opened(png), tilt), 0.7)
    pixels = scan.specked(scan.noisy(scan.as_pixels(page), 14, random), 0.0003, random)
    return scan.as_image(pixels).point(lambda level: 255 if level > 150 else 0, mode="1")


def _tiff(frames: list[Image.Image]) -> bytes:
    out = BytesIO()
    frames[0].save(out, "TIFF", save_all=True, append_images=frames[1:], compression="group4", dpi=(_DPI, _DPI))
    return out.getvalue()
