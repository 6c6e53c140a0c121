"""The environment of a real vLLM on the CPU: 2.5 GB that nothing but `make conformance` needs."""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FOLDER = ROOT / ".venv-vllm"
REQUIREMENTS = HERE / "requirements.txt"
PLUGIN = HERE / "vllm_plugin.py"
SHIM = ROOT / "tests/support/cpu_torchvision.py"
VERSION = "0.32.0+cpu"

DISK_BYTES = 5 * 1024**3
"""For the wheels on their way, too."""
NICE = 10
CPU_FLAGS = Path("/proc/cpuinfo")

WRAPPER = """\
#!/bin/sh
# Intel's OpenMP has to be there before torch brings its own.
export LD_PRELOAD="{folder}/lib/libiomp5.so"
exec "{folder}/bin/vllm" "$@"
"""


def program(folder: Path = FOLDER) -> Path:
    """What stands in for `vllm`; `SHEAF_TEST_VLLM` names another environment's."""
    named = os.environ.get("SHEAF_TEST_VLLM")
    return Path(named) if named else folder / "bin" / "vllm-on-cpu"


def unfit() -> str | None:
    """Why no wheel runs on this machine, whatever were installed; `None` where they do."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        return f"the wheels are for Linux on x86-64, and this is {sys.platform} on {platform.machine()}"
    if "avx2" not in CPU_FLAGS.read_text(encoding="utf-8").split():
        return "the CPU has no AVX2"
    return None


def lacking() -> str | None:
    """What a machine on which the wheels run has too little of; `None` where it has all."""
    if sys.version_info[:2] != (3, 11):
        return f"the wheels are for Python 3.11, and this is {platform.python_version()}"
    free = shutil.disk_usage(ROOT).free
    if not is_ready() and free < DISK_BYTES:
        return f"{free / 1024**3:.1f} GiB of disk are free, and {DISK_BYTES / 1024**3:.0f} GiB are needed"
    return None


def is_ready(folder: Path = FOLDER) -> bool:
    """Whether it is there, made of what this checkout says."""
    made = folder / ".made"
    return made.is_file() and made.read_text(encoding="ascii") == _fingerprint()


def prepare(folder: Path = FOLDER) -> None:
    """Make it, where it is not there or is outdated. Takes two to four minutes on two cores."""
    if is_ready(folder):
        return
    print(f"Making the environment {folder.name} (a few minutes, and 2.5 GB of disk)", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    python = folder / "bin" / "python"
    install = ["nice", "-n", str(NICE), python, "-m", "pip", "--disable-pip-version-check", "install", "-qq"]
    exact = ["--only-binary", ":all:", "--no-deps", "--require-hashes", "--requirement", REQUIREMENTS]
    # Files are compiled when they are first imported: most of them never are.
    subprocess.run([*install, *exact, "--no-compile"], check=True)
    subprocess.run([python, "-m", "tests.support.cpu_torchvision"], check=True, cwd=ROOT)
    _register(folder)
    wrapper = folder / "bin" / "vllm-on-cpu"
    wrapper.write_text(WRAPPER.format(folder=folder), encoding="utf-8")
    wrapper.chmod(0o755)
    (folder / ".made").write_text(_fingerprint(), encoding="ascii")


def _register(folder: Path) -> None:
    """Install our plugin as what the build forgot: vLLM asks for the version of a distribution `vllm`."""
    packages = next(folder.glob("lib/python*/site-packages"))
    shutil.copyfile(PLUGIN, packages / "sheaf_vllm_plugin.py")
    info = packages / f"vllm-{VERSION}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: vllm\nVersion: {VERSION}\n", encoding="ascii")
    entry = "[vllm.general_plugins]\nllama4_on_cpu = sheaf_vllm_plugin:register\n"
    (info / "entry_points.txt").write_text(entry, encoding="ascii")


def _fingerprint() -> str:
    sources = (REQUIREMENTS, PLUGIN, SHIM, Path(__file__))
    return hashlib.sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()
