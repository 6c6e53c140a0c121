"""`make conformance`: makes the environment of a real vLLM and runs the tests against it.

A machine that cannot run it is told so: an error in CI, a note elsewhere.
"""

import os
import subprocess
import sys

from tests.conformance.environment import HERE, lacking, prepare

TEST_SECONDS = 600
"""The first test waits for the engine; on a busy machine that takes minutes."""


def main() -> int:
    reason = lacking()
    if reason is not None:
        print(f"Conformance was NOT run: {reason}", file=sys.stderr)
        return 1 if os.environ.get("CI") == "true" else 0
    prepare()
    return subprocess.run(
        [sys.executable, "-m", "pytest", f"--timeout={TEST_SECONDS}", HERE, *sys.argv[1:]], check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
