"""Which checkpoint is served on which hardware, and how.

What fits follows from the parameter counts: Scout has 108.6 billion (INT4 58 to 62 GiB, FP8 104 GiB, BF16 202 GiB),
Maverick 401.6 billion (FP8 377 to 388 GiB). What a GPU has left holds the keys and values of requests in flight.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.errors import SettingsError
from workers.gpu.hardware import Gpu

HOPPER = 9
H100_MIB, H200_MIB = 79_000, 140_000
"""A little below what the driver reports: 81,559 MiB (H100 80 GB) and 143,771 MiB (H200)."""
AUTO = "auto"


@dataclass(frozen=True, kw_only=True, slots=True)
class Preset:
    """One way to serve."""

    name: str
    meaning: str
    model: str
    """The checkpoint's public name; `--model` puts a local folder in its place."""
    served_as: str
    """What requests and results call it."""
    gpus: int
    memory_mib: int = 0
    """What each GPU has at least."""
    stages: int
    """Extractions and summaries worth working on at once. Not measured: no GPU was at hand."""
    context_tokens: int = 131_072
    images: int = 10
    """In one request; Llama 4 is not recommended for more."""
    flags: tuple[str, ...] = ()
    """What is added to the flags that all presets share."""
    variables: dict[str, str] = field(default_factory=dict)


GPU_FLAGS = ("--kv-cache-dtype", "fp8", "--attention-backend", "FLASH_ATTN", "--gpu-memory-utilization", "0.92")
# FLASH_ATTN, since FlashInfer's builder fails on a prefill beyond 8,192 tokens with Llama 4's chunked attention.

MAVERICK = Preset(
    name="8xh100-maverick-fp8",
    meaning="Maverick in FP8 over eight H100",
    model="meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8",
    served_as="llama-4-maverick-fp8",
    gpus=8,
    memory_mib=H100_MIB,
    stages=32,
    flags=(*GPU_FLAGS, "--tensor-parallel-size", "8", "--enable-expert-parallel", "--mm-encoder-tp-mode", "data"),
)
SCOUT_BF16 = Preset(
    name="4xh100-bf16",
    meaning="Scout, not quantised, over four H100",
    model="meta-llama/Llama-4-Scout-17B-16E-Instruct",
    served_as="llama-4-scout-bf16",
    gpus=4,
    memory_mib=H100_MIB,
    stages=24,
    flags=(*GPU_FLAGS, "--tensor-parallel-size", "4", "--mm-encoder-tp-mode", "data"),
)
SCOUT_FP8_PAIR = Preset(
    name="2xh100-fp8",
    meaning="Scout in FP8 over two H100",
    model="RedHatAI/Llama-4-Scout-17B-16E-Instruct-FP8-dynamic",
    served_as="llama-4-scout-fp8",
    gpus=2,
    memory_mib=H100_MIB,
    stages=16,
    flags=(*GPU_FLAGS, "--tensor-parallel-size", "2", "--mm-encoder-tp-mode", "data"),
)
SCOUT_FP8 = Preset(
    name="1xh200-fp8",
    meaning="Scout in FP8 on one H200",
    model="RedHatAI/Llama-4-Scout-17B-16E-Instruct-FP8-dynamic",
    served_as="llama-4-scout-fp8",
    gpus=1,
    memory_mib=H200_MIB,
    stages=12,
    flags=GPU_FLAGS,
)
SCOUT_INT4 = Preset(
    name="1xh100-int4",
    meaning="Scout in INT4 on one H100 with 80 GB",
    model="RedHatAI/Llama-4-Scout-17B-16E-Instruct-quantized.w4a16",
    served_as="llama-4-scout-int4",
    gpus=1,
    memory_mib=H100_MIB,
    stages=8,
    flags=GPU_FLAGS,
)
CPU = Preset(
    name="cpu",
    meaning="no GPU: a CPU build of vLLM and a tiny model given with --model, to try the plumbing",
    model="",
    served_as="llama-4-tiny",
    gpus=0,
    stages=2,
    flags=("--dtype", "bfloat16", "--enforce-eager", "--max-num-seqs", "8"),
    variables={"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind"},
)

PRESETS = {preset.name: preset for preset in (MAVERICK, SCOUT_BF16, SCOUT_FP8_PAIR, SCOUT_FP8, SCOUT_INT4, CPU)}
"""The first that fits is the one for `auto`."""


def preset_named(name: str) -> Preset:
    """A preset by its name.

    Raises:
        SettingsError: there is none of that name.
    """
    if name not in PRESETS:
        raise SettingsError(f"there is no preset {name!r}; there are {', '.join([AUTO, *PRESETS])}", preset=name)
    return PRESETS[name]


def preset_for(gpus: Sequence[Gpu]) -> tuple[Preset, list[Gpu]]:
    """What makes the most of these GPUs, and which of them it uses. GPUs of one preset are all of one kind.

    Raises:
        SettingsError: none fits.
    """
    for preset in PRESETS.values():
        for kind in dict.fromkeys(gpu.name for gpu in gpus):
            fitting = [gpu for gpu in gpus if gpu.name == kind and _fits(preset, gpu)]
            if preset.gpus and len(fitting) >= preset.gpus:
                return preset, fitting[: preset.gpus]
    seen = ", ".join(f"{gpu.name} ({gpu.memory_mib} MiB, {gpu.capability[0]}.{gpu.capability[1]})" for gpu in gpus)
    raise SettingsError(
        f"no preset fits {seen}: all are for Hopper GPUs (compute capability 9.0) with at least {H100_MIB} MiB; "
        "name one with --preset to try it all the same"
    )


def _fits(preset: Preset, gpu: Gpu) -> bool:
    return gpu.capability[0] == HOPPER and gpu.memory_mib >= preset.memory_mib
