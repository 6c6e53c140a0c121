"""Runs one bench: the module of that name, its `main(quick, …) -> dict`, and its result as JSON on the last line."""

import argparse
import importlib
import json
import signal
import sys
from pathlib import Path


def benches() -> list[str]:
    """The names there are."""
    here = Path(__file__).parent
    return sorted(
        path.stem
        for path in here.glob("*.py")
        if "def main(" in path.read_text(encoding="utf-8") and path.stem[0] != "_"
    )


def run(arguments: list[str]) -> int:
    """What `python -m bench` does; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", choices=benches())
    parser.add_argument("--quick", action="store_true", help="a small run, for every day")
    parser.add_argument(
        "--folder",
        type=Path,
        help="hostile: the operator's own files instead of generated ones; generate: a checkpoint",
    )
    parser.add_argument("--seed", type=int, help="chaos: decides what is broken and when")
    chosen = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what a bench started is ended with it
    module = importlib.import_module(f"bench.{chosen.name}")
    more = {name: value for name in ("folder", "seed") if (value := getattr(chosen, name)) is not None}
    print(json.dumps(module.main(chosen.quick, **more)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
