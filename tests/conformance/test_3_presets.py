"""The flags of every preset are flags that vLLM knows, with values that it takes; no GPU is needed to ask."""

import json
import os
import subprocess
from pathlib import Path

from workers.gpu.command import Place, serve_command
from workers.gpu.presets import PRESETS

ASK = """
import json, sys
from vllm.entrypoints.launchers.cli_args import make_arg_parser
from vllm.utils.argparse_utils import FlexibleArgumentParser
parser = make_arg_parser(FlexibleArgumentParser())
for arguments in json.load(sys.stdin):
    found = parser.parse_args(arguments)
    names = ("max_model_len", "structured_outputs_config", "limit_mm_per_prompt", "enable_prefix_caching")
    print(json.dumps([str(getattr(found, name)) for name in names]))
"""
SECONDS = 500


def test_vllm_knows_the_flags_of_every_preset(vllm: Path) -> None:
    presets = [preset for preset in PRESETS.values() if preset.model]
    asked = json.dumps([serve_command(preset, Place()).arguments[2:] for preset in presets])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [vllm.resolve().parent / "python", "-c", ASK]
    answered = subprocess.run(
        command, input=asked, env=environment, check=False, timeout=SECONDS, capture_output=True, text=True
    )
    assert answered.returncode == 0, answered.stderr[-2000:]
    lines = [json.loads(line) for line in answered.stdout.splitlines() if line.startswith("[")]
    assert len(lines) == len(presets)
    for length, structured, images, caching in lines:
        assert (length, caching) == ("131072", "True")
        assert "xgrammar" in structured
        assert "disable_any_whitespace" in structured
        assert "10" in images
