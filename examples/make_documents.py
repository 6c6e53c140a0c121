"""Make the example documents anew: `python -m examples.make_documents [FOLDER]`, by default into `examples/`.

The documents are committed; this program is how they came to be. Running it again gives the same bytes with the same
versions of the libraries in `constraints.txt`. The recording also needs espeak-ng (`apt-get install espeak-ng`) and is
left as it is where that is missing. Everybody and everything in the documents is invented.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from examples.making import contract, delivery_notes, folder, invoice, meeting, receipt

DOCUMENTS: dict[str, Callable[[], bytes]] = {
    "invoice.pdf": invoice.draw,
    "receipt.jpg": receipt.draw,
    "contract.pdf": contract.draw,
    "delivery_notes.tiff": delivery_notes.draw,
    "folder/price_list.xlsx": folder.price_list,
    "folder/board_minutes.docx": folder.board_minutes,
    "folder/pier_guide.pdf": folder.pier_guide,
}


def main(target: Path) -> None:
    """Write all documents below `target`."""
    makers = {**DOCUMENTS, **({"meeting.flac": meeting.speak} if meeting.is_possible() else {})}
    for name, make in makers.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = make()
        path.write_bytes(content)
        print(f"{len(content):>9,} bytes  {path}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
