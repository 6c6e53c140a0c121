"""Which preset is for which host."""

import pytest

from pipeline.errors import SettingsError
from workers.gpu.hardware import Gpu
from workers.gpu.presets import PRESETS, preset_for, preset_named

H100, H200, H20, A100 = (
    ("NVIDIA H100 80GB HBM3", 81559),
    ("NVIDIA H200", 143771),
    ("NVIDIA H20", 97871),
    ("A100", 81920),
)


def gpus(*kinds: tuple[str, int], capability: tuple[int, int] = (9, 0)) -> list[Gpu]:
    return [
        Gpu(index=number, uuid=f"GPU-{number}", name=name, memory_mib=memory, capability=capability)
        for number, (name, memory) in enumerate(kinds)
    ]


@pytest.mark.parametrize(
    ("kinds", "name", "used"),
    [
        ([H100], "1xh100-int4", [0]),
        ([H200], "1xh200-fp8", [0]),
        ([H100] * 2, "2xh100-fp8", [0, 1]),
        ([H100] * 3, "2xh100-fp8", [0, 1]),
        ([H100] * 4, "4xh100-bf16", [0, 1, 2, 3]),
        ([H200] * 4, "4xh100-bf16", [0, 1, 2, 3]),
        ([H100] * 8, "8xh100-maverick-fp8", list(range(8))),
        ([("NVIDIA RTX A400", 4096), H200], "1xh200-fp8", [1]),
        ([H100, H200], "1xh200-fp8", [1]),
        ([H20], "1xh100-int4", [0]),
    ],
)
def test_the_most_is_made_of_the_gpus_of_one_kind(kinds: list[tuple[str, int]], name: str, used: list[int]):
    preset, chosen = preset_for(gpus(*kinds))
    assert preset.name == name
    assert [gpu.index for gpu in chosen] == used


@pytest.mark.parametrize(
    "seen", [gpus(A100, capability=(8, 0)), gpus(("NVIDIA L4", 23034), capability=(8, 9)), gpus(("GH", 40000))]
)
def test_a_host_that_no_preset_fits_is_told_what_was_seen_and_wanted(seen: list[Gpu]):
    with pytest.raises(
        SettingsError, match=rf"{seen[0].name} \({seen[0].memory_mib} MiB.*compute capability 9.0.*--preset"
    ):
        preset_for(seen)


def test_a_preset_has_a_name_and_a_wrong_one_is_told_the_right_ones():
    assert all(preset_named(name).name == name for name in PRESETS)
    with pytest.raises(SettingsError, match=r"no preset 'h100'; there are auto, 8xh100-maverick-fp8, .*cpu"):
        preset_named("h100")


def test_tensor_parallelism_uses_just_the_gpus_of_the_preset():
    for preset in PRESETS.values():
        flags = preset.flags
        parallel = flags[flags.index("--tensor-parallel-size") + 1] if "--tensor-parallel-size" in flags else "1"
        assert int(parallel) == max(1, preset.gpus), preset.name
