"""`make conformance`: makes the environment of a real vLLM and runs the tests against it.

Where it cannot be run, that is said. In CI it is an error, unless the machine itself is of the wrong kind: a processor
cannot be installed.
"""

import os
import subprocess
import sys

from tests.conformance.environment import HERE, lacking, prepare, unfit

TEST_SECONDS = 600
"""The first test waits for the engine; on a busy machine that takes minutes."""


def main() -> int:
    kind, want = unfit(), lacking()
    if kind is not None or want is not None:
        print(f"Conformance was NOT run: {kind or want}", file=sys.stderr)
        return 1 if kind is None and os.environ.get("CI") == "true" else 0
    prepare()
    return subprocess.run(
        [sys.executable, "-m", "pytest", f"--timeout={TEST_SECONDS}", HERE, *sys.argv[1:]], check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
