"""A small disk for blobs that can be filled: a tmpfs that only the processes started on it see.

It lives in a mount namespace of its own, which a process that only waits keeps; it vanishes with that process. Root
needs nothing more; anybody else needs the kernel's leave to make user namespaces.
"""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

_UNSHARE, _NSENTER = "/usr/bin/unshare", "/usr/bin/nsenter"
_FLAGS = ["--mount"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--mount"]


class Disk:
    """`size` bytes, mounted on a folder."""

    def __init__(self, folder: Path, size: int) -> None:
        """Mount it.

        Raises:
            OSError: the kernel does not let us.
        """
        folder.mkdir(parents=True)
        self._folder = folder.resolve()
        script = f'mount -t tmpfs -o size={size},mode=700 none "$1" && echo mounted && exec cat'
        self._holder = subprocess.Popen(
            [_UNSHARE, *_FLAGS, "sh", "-c", script, "sh", str(self._folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert self._holder.stdout is not None, "it is a pipe"
        if self._holder.stdout.readline() != b"mounted\n":
            self.close()
            raise OSError("a tmpfs cannot be mounted in a namespace of its own here")

    @staticmethod
    def possible() -> bool:
        """Whether one can be made."""
        if not Path(_UNSHARE).exists() or not Path(_NSENTER).exists():
            return False
        tried = [_UNSHARE, *_FLAGS, "mount", "-t", "tmpfs", "-o", "size=4096", "none", "/tmp"]  # noqa: S108 - in there
        return subprocess.run(tried, check=False, capture_output=True).returncode == 0

    @property
    def prefix(self) -> list[str]:
        """What a command line begins with, for its process to see the disk."""
        namespaces = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        return [_NSENTER, "--target", str(self._holder.pid), "--mount", *namespaces, f"--wd={Path.cwd()}"]

    @property
    def path(self) -> Path:
        """The folder as it is seen from outside."""
        return Path(f"/proc/{self._holder.pid}/root{self._folder}")

    def fill(self) -> None:
        """Leave no byte free."""
        with (self.path / "ballast").open("ab") as file:
            while (free := shutil.disk_usage(self.path).free) > 0:
                with contextlib.suppress(OSError):
                    os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, free)

    def free(self) -> None:
        """As before."""
        (self.path / "ballast").unlink(missing_ok=True)

    def close(self) -> None:
        """Let it vanish."""
        self._holder.kill()
        self._holder.wait()
        for pipe in (self._holder.stdin, self._holder.stdout):
            assert pipe is not None, "both are pipes"
            pipe.close()
