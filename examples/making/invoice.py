"""`invoice.pdf`: a born-digital invoice of two pages whose table of line items runs over the page break."""

from examples.making.invoice_line import InvoiceLine, Totals, money, parse_lines, totals
from examples.making.paper import A4, Paper, wrap

NUMBER = "LW-2026-0417"
SELLER = ["Lindenwerk Office Supplies GmbH", "Kastanienweg 14", "20999 Hamburg", "Germany"]
BUYER = ["Brightwater Ferries Ltd", "Accounts Payable", "3 Quay Street", "Port Elmsford PE4 1AB"]
VAT_ID = "DE999123457"
IBAN = "DE06 9990 0001 0004 1732 90"
BANK = [("Bank", "Nordufer Bank"), ("IBAN", IBAN), ("BIC", "NUFBDEHHXXX")]
TAX_PERCENT = 19
DETAILS = [
    ("Invoice number", NUMBER),
    ("Invoice date", "12 March 2026"),
    ("Delivery date", "9 March 2026"),
    ("Due date", "11 April 2026"),
    ("Customer number", "C-20983"),
    ("Purchase order", "PO-7781"),
]
LINES = parse_lines("""
A-1004; Copy paper A4, 80 g, white, box of 5 reams; 40; box; 21.90
A-1011; Copy paper A3, 80 g, white, box of 3 reams; 6; box; 27.45
A-1032; Card stock A4, 160 g, ivory; 12; pack; 9.80
B-2001; Ballpoint pen, blue, medium; 200; pcs; 0.38
B-2002; Ballpoint pen, black, medium; 150; pcs; 0.38
B-2017; Fineliner 0.4 mm, set of 6; 18; set; 7.25
B-2040; Highlighter, yellow; 60; pcs; 0.89
B-2044; Whiteboard marker, set of 4; 25; set; 4.60
B-2051; Permanent marker, black; 36; pcs; 1.12
C-3005; Lever arch file A4, 75 mm, blue; 80; pcs; 2.35
C-3006; Lever arch file A4, 75 mm, grey; 80; pcs; 2.35
C-3019; Ring binder A5, 25 mm; 30; pcs; 1.95
C-3027; Divider sheets 1 to 31; 45; set; 1.70
C-3050; Suspension file, kraft; 150; pcs; 0.62
C-3066; Document wallet A4, clear; 400; pcs; 0.16
D-4002; Stapler, full strip; 14; pcs; 8.90
D-4003; Staples 24/6, box of 5000; 30; box; 2.15
D-4010; Hole punch, 4 holes; 5; pcs; 24.50
D-4022; Tape dispenser with weight; 8; pcs; 6.40
D-4023; Adhesive tape 19 mm by 33 m; 96; roll; 0.74
D-4031; Scissors, 21 cm; 20; pcs; 3.85
D-4047; Letter opener, steel; 10; pcs; 2.95
E-5001; Envelope C4, window, box of 250; 9; box; 18.60
E-5002; Envelope DL, window, box of 500; 12; box; 16.25
E-5013; Padded mailer size 5; 120; pcs; 0.47
F-6003; Desk lamp, LED, dimmable; 6; pcs; 39.90
F-6010; Foot rest, adjustable; 4; pcs; 44.00
F-6015; Monitor arm, double; 3; pcs; 118.50
F-6021; Waste paper bin, 16 l; 15; pcs; 7.30
G-7001; Toner cartridge TX-40, black; 10; pcs; 74.90
G-7002; Toner cartridge TX-40, cyan; 4; pcs; 88.20
G-7003; Toner cartridge TX-40, magenta; 4; pcs; 88.20
G-7004; Toner cartridge TX-40, yellow; 4; pcs; 88.20
H-8009; Delivery by pallet, Port Elmsford; 1; trip; 145.00
""")
SUMS: Totals = totals(LINES, TAX_PERCENT)

_LEFT, _RIGHT = 50.0, 545.0
_COLUMNS = [("Pos", 50.0), ("Article", 80.0), ("Description", 132.0), ("Qty", 390.0), ("Unit", 402.0)]
_PRICE, _AMOUNT = 480.0, 545.0
_ROW = 20.0
_FIRST_PAGE_ROWS = 20


def draw() -> bytes:
    """The PDF."""
    paper = Paper(f"Invoice {NUMBER}")
    paper.new_page()
    _letterhead(paper)
    y = _table(paper, LINES[:_FIRST_PAGE_ROWS], first=1, y=335)
    _footer(paper)
    paper.new_page()
    paper.text(_LEFT, 60, SELLER[0], size=10, font="hebo")
    paper.text(_RIGHT, 60, f"Invoice {NUMBER}", size=9, align="right")
    y = _table(paper, LINES[_FIRST_PAGE_ROWS:], first=_FIRST_PAGE_ROWS + 1, y=95)
    _closing(paper, y + 12)
    _footer(paper)
    return paper.pdf()


def _letterhead(paper: Paper) -> None:
    paper.text(_LEFT, 70, SELLER[0], size=15, font="hebo")
    for index, line in enumerate(SELLER[1:]):
        paper.text(_LEFT, 88 + 13 * index, line, size=9.5)
    paper.text(_LEFT, 88 + 13 * 3, f"VAT ID: {VAT_ID}", size=9.5)
    paper.text(_RIGHT, 74, "INVOICE", size=24, font="hebo", align="right", grey=0.25)
    paper.text(_LEFT, 172, "Bill to", size=9.5, font="hebo")
    for index, line in enumerate(BUYER):
        paper.text(_LEFT, 188 + 14 * index, line)
    for index, (label, value) in enumerate(DETAILS):
        paper.text(350, 172 + 16 * index, f"{label}:", size=9.5)
        paper.text(_RIGHT, 172 + 16 * index, value, font="hebo", align="right")
    words = "Thank you for your order. We have delivered the goods below. All prices are in EUR, net of VAT."
    for index, line in enumerate(wrap(words, _RIGHT - _LEFT, size=10)):
        paper.text(_LEFT, 290 + 14 * index, line)


def _table(paper: Paper, lines: list[InvoiceLine], *, first: int, y: float) -> float:
    paper.band(_LEFT - 4, y - 14, _RIGHT + 4, y + 6, grey=0.88)
    for name, x in _COLUMNS:
        paper.text(x, y, name, size=9, font="hebo", align="right" if name == "Qty" else "left")
    paper.text(_PRICE, y, "Unit price", size=9, font="hebo", align="right")
    paper.text(_AMOUNT, y, "Amount", size=9, font="hebo", align="right")
    for index, line in enumerate(lines):
        y += _ROW
        _row(paper, line, first + index, y)
        paper.rule(_LEFT - 4, _RIGHT + 4, y + 6, width=0.3, grey=0.7)
    return y + _ROW


def _row(paper: Paper, line: InvoiceLine, position: int, y: float) -> None:
    texts = [str(position), line.article, line.description, str(line.quantity), line.unit]
    for (name, x), text in zip(_COLUMNS, texts, strict=True):
        paper.text(x, y, text, size=9, align="right" if name == "Qty" else "left")
    paper.text(_PRICE, y, money(line.unit_price), size=9, align="right")
    paper.text(_AMOUNT, y, money(line.amount), size=9, align="right")


def _closing(paper: Paper, y: float) -> None:
    rows = [("Net total", SUMS.net, "helv"), (f"VAT {TAX_PERCENT} %", SUMS.tax, "helv"), ("Total", SUMS.total, "hebo")]
    for label, value, font in rows:
        paper.text(370, y, label, font=font)
        paper.text(_AMOUNT, y, f"{money(value)} EUR", font=font, align="right")
        y += 18
    paper.rule(366, _RIGHT + 4, y - 31, width=0.8)
    paper.text(_LEFT, y + 20, "Payment", font="hebo")
    words = f"Please transfer the total by 11 April 2026 and quote the invoice number {NUMBER}."
    paper.text(_LEFT, y + 36, words)
    for index, (label, text) in enumerate(BANK):
        paper.text(_LEFT, y + 58 + 15 * index, f"{label}:")
        paper.text(_LEFT + 50, y + 58 + 15 * index, text, font="hebo")
    paper.text(_LEFT, y + 118, "Goods remain our property until they are paid in full.", size=9)


def _footer(paper: Paper) -> None:
    paper.rule(_LEFT, _RIGHT, 800, width=0.4, grey=0.5)
    words = f"Lindenwerk Office Supplies GmbH, register court Hamburg HRB 999321, page {paper.page_count} of 2"
    paper.text(A4[0] / 2, 814, words, size=8, align="center", grey=0.3)
