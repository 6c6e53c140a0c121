"""A vLLM plugin, for its CPU build only: without it an image kills the engine.

`Llama4UnfoldConvolution` hands on a permuted view of the patches, which the CPU's matrix product refuses; here it is
made contiguous. vLLM calls `register` in each of its processes. Seen with 0.32 and in the source of 0.33.
"""

from typing import Any


def register() -> None:
    """Put a copy in the way."""
    from vllm.model_executor.models.mllama4 import Llama4UnfoldConvolution

    def forward(self: Any, hidden_states: Any) -> Any:
        patches = self.unfold(hidden_states).permute(0, 2, 1).contiguous()
        return self.linear(patches)[0]

    Llama4UnfoldConvolution.forward = forward
