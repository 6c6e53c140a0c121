"""Lets Python import a torchvision that was built for CUDA beside a torch that was built for the CPU.

    python -m tests.support.cpu_torchvision      (once, in the environment that needs it)

Package registries hold torchvision for CUDA only. Its compiled part then cannot be loaded, and the Python part, whose
transforms are all that image processors use, stops at two operators that were never declared. Installed, this file
declares them when `torchvision` is first imported, in every process of the environment; where the compiled part can
be loaded it does nothing.
"""

import importlib.util
import shutil
import sys
import sysconfig
from collections.abc import Sequence
from contextlib import suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

NAME = "sheaf_cpu_torchvision"
_kept = []
"""Declarations last as long as the library object does."""


class Declaring(MetaPathFinder):
    """Finds no module itself; declares the operators before torchvision is looked for."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """None, so that the search goes on."""
        del path, target
        if name == "torchvision":
            sys.meta_path.remove(self)
            _declare()
        return None


def _declare() -> None:
    found = PathFinder.find_spec("torchvision")
    if found is None or found.origin is None or importlib.util.find_spec("torch") is None:
        return
    import torch

    with suppress(OSError):
        for compiled in Path(found.origin).parent.glob("_C*.so"):
            torch.ops.load_library(compiled)
            return
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _kept.append(library)


def install() -> Path:
    """Put this file into the environment's packages, to be loaded whenever Python starts there."""
    packages = Path(sysconfig.get_paths()["purelib"])
    shutil.copyfile(__file__, packages / f"{NAME}.py")
    start = packages / f"{NAME}.pth"
    start.write_text(f"import {NAME}\n", encoding="ascii")
    return start


if __name__ == NAME:  # a start file may be run twice, a module is loaded once
    sys.meta_path.insert(0, Declaring())
elif __name__ == "__main__":
    install()
