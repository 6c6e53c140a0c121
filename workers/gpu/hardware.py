"""The GPUs of this host, as `nvidia-smi` tells of them."""

import csv
import os
import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.errors import SettingsError

FIELDS = ("index", "uuid", "name", "memory.total", "compute_cap", "mig.mode.current")
QUERY = ("nvidia-smi", f"--query-gpu={','.join(FIELDS)}", "--format=csv,noheader,nounits")
QUERY_SECONDS = 30.0
"""The driver takes seconds to wake where no process keeps it awake."""

_UUID = re.compile(r"GPU-[0-9a-f-]{36}")
_CAPABILITY = re.compile(r"(\d{1,2})\.(\d)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Gpu:
    """One GPU."""

    index: int
    uuid: str
    name: str
    memory_mib: int
    capability: tuple[int, int]
    """CUDA compute capability; 9.0 is Hopper."""


def find_gpus(run: Callable[[Sequence[str]], str] | None = None, visible: str | None = None) -> list[Gpu]:
    """The GPUs that a process started by us may use, in the driver's order; at least one.

    `visible` is `CUDA_VISIBLE_DEVICES`, which `nvidia-smi` itself does not look at.

    Raises:
        SettingsError: there is none, or what the driver says is not understood.
    """
    found = visible_gpus(parse_gpus((run or _ask_driver)(QUERY)), visible)
    if not found:
        raise SettingsError("no GPU found: nvidia-smi lists none that CUDA_VISIBLE_DEVICES lets through")
    return found


def environment_gpus() -> list[Gpu]:
    """`find_gpus` with this process's environment."""
    return find_gpus(visible=os.environ.get("CUDA_VISIBLE_DEVICES"))


def parse_gpus(text: str) -> list[Gpu]:
    """Read the answer to `QUERY`.

    Raises:
        SettingsError: a line is not as it should be; it is shown.
    """
    return [_parse_row(row) for row in csv.reader(text.splitlines(), skipinitialspace=True) if row]


def _parse_row(row: list[str]) -> Gpu:
    values = [value.strip() for value in row]
    if len(values) != len(FIELDS):
        raise _not_understood(row)
    index, uuid, name, memory, capability, mig = values
    numbers = _CAPABILITY.fullmatch(capability)
    if not (index.isdecimal() and _UUID.fullmatch(uuid) and name and memory.isdecimal() and numbers):
        raise _not_understood(row)
    if mig == "Enabled":
        raise SettingsError(f"GPU {index} is split into MIG instances; presets are for whole GPUs", gpu=index)
    return Gpu(
        index=int(index),
        uuid=uuid,
        name=name,
        memory_mib=int(memory),
        capability=(int(numbers[1]), int(numbers[2])),
    )


def _not_understood(row: list[str]) -> SettingsError:
    line = ", ".join(row)[:200]
    return SettingsError(f"nvidia-smi answered {line!r}, and not {', '.join(FIELDS)}; name a preset with --preset")


def visible_gpus(gpus: Sequence[Gpu], visible: str | None) -> list[Gpu]:
    """Those that `CUDA_VISIBLE_DEVICES` names, in its order: indices or beginnings of UUIDs; all where it is not set.

    As CUDA reads it, the list ends at the first entry that names none.
    """
    if visible is None:
        return list(gpus)
    chosen: list[Gpu] = []
    for entry in (part.strip() for part in visible.split(",")):
        named = [gpu for gpu in gpus if entry and (str(gpu.index) == entry or gpu.uuid.startswith(entry))]
        if len(named) != 1:
            break
        chosen += named
    return chosen


def _ask_driver(query: Sequence[str]) -> str:
    try:
        asked = subprocess.run(  # noqa: S603 - a fixed command
            query, capture_output=True, text=True, timeout=QUERY_SECONDS, check=False
        )
    except FileNotFoundError as error:
        raise SettingsError("no GPU found: there is no nvidia-smi in PATH, which comes with NVIDIA's driver") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SettingsError(f"no GPU found: nvidia-smi could not be asked: {error}") from error
    if asked.returncode != 0:
        said = " ".join((asked.stderr or asked.stdout).split())[:300]
        raise SettingsError(f"no GPU found: nvidia-smi ended with {asked.returncode}: {said}")
    return asked.stdout
