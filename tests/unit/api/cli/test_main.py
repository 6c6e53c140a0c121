"""The program as a whole."""

import subprocess
import sys

SCRIPT = """
import atexit, gc, sys
atexit.register(lambda: print(gc.get_freeze_count()))  # what is registered first is called last
from api.cli.main import main
sys.argv = ["sheaf", "--help"]
main()
"""


def test_nothing_is_left_to_the_collections_at_the_interpreters_end() -> None:
    """They took most of the time that a service needs to stop."""
    ended = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert int(ended.stdout.splitlines()[-1]) > 10_000
