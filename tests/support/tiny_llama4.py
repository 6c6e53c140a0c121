"""A Llama 4 of random weights and real geometry, under 2 MB, for tests that need no sense in what is said.

    python -m tests.support.tiny_llama4 FOLDER

`WIDE` is its big brother for benches on a GPU: layers as wide as Scout's, and few of them. Tiles, pixel shuffle, image
marks, chunked and global layers, experts and the chat template are those of the real model; the tokenizer has one token
for each byte. The same seed gives the same files. Runs where torch, transformers and torchvision are installed; nothing
of them is imported before `build` is called.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SEED = 4
MARKS = (
    *("<|begin_of_text|>", "<|end_of_text|>", "<|header_start|>", "<|header_end|>", "<|eom|>", "<|eot|>", "<|step|>"),
    *("<|finetune_right_pad|>", "<|python_start|>", "<|python_end|>", "<|image_start|>", "<|image_end|>"),
    *("<|tile_x_separator|>", "<|tile_y_separator|>", "<|image|>", "<|patch|>"),
)
BEGIN, END, END_OF_MESSAGE, END_OF_TURN, PAD = (MARKS[place] for place in (0, 1, 4, 5, 7))


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How wide and deep."""

    text: dict[str, Any]
    vision: dict[str, Any]
    words: int = 0
    """Size of the vocabulary at least."""


TINY = Shape(
    text={
        "hidden_size": 64,
        "intermediate_size": 64,
        "intermediate_size_mlp": 128,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 32,
        "num_local_experts": 2,
    },
    vision={"hidden_size": 64, "intermediate_size": 256, "num_hidden_layers": 2, "num_attention_heads": 4}
    | dict.fromkeys(("vision_output_dim", "projector_input_dim", "projector_output_dim"), 64),
)
WIDE = Shape(
    text={
        "hidden_size": 5_120,
        "intermediate_size": 8_192,
        "intermediate_size_mlp": 16_384,
        "num_attention_heads": 40,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "num_local_experts": 16,
    },
    vision={"hidden_size": 1_408, "intermediate_size": 5_632, "num_hidden_layers": 34, "num_attention_heads": 16}
    | dict.fromkeys(("vision_output_dim", "projector_input_dim", "projector_output_dim"), 4_096),
    words=202_048,
)
"""Scout has 48 layers of this width; this has four: 11.7 billion parameters, 23.5 GB in bfloat16."""


def build(folder: Path, shape: Shape = TINY, device: str = "cpu") -> None:
    """Write the checkpoint: configuration, weights (drawn on a device), tokenizer, processor and chat template."""
    import torch
    from transformers import GenerationConfig, Llama4ForConditionalGeneration, Llama4ImageProcessor, Llama4Processor

    tokenizer = _tokenizer()
    ids = {mark: tokenizer.convert_tokens_to_ids(mark) for mark in MARKS}
    config = _config(ids, max(len(tokenizer), shape.words), shape)
    before = torch.get_default_dtype()
    # Built in bfloat16: casting a built model would drop the imaginary part of its rotary embeddings.
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.random.fork_rng(), torch.device(device):
            torch.manual_seed(SEED)
            model = Llama4ForConditionalGeneration(config).eval()
    finally:
        torch.set_default_dtype(before)
    text = config.text_config
    model.generation_config = GenerationConfig(
        bos_token_id=text.bos_token_id, eos_token_id=text.eos_token_id, pad_token_id=text.pad_token_id
    )
    model.save_pretrained(folder)
    Llama4Processor(image_processor=Llama4ImageProcessor(), tokenizer=tokenizer).save_pretrained(folder)


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    bytewise = Tokenizer(models.BPE(vocab={character: place for place, character in enumerate(alphabet)}, merges=[]))
    bytewise.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytewise.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=bytewise,
        bos_token=BEGIN,
        eos_token=END_OF_TURN,
        pad_token=PAD,
        additional_special_tokens=[mark for mark in MARKS if mark not in {BEGIN, END_OF_TURN, PAD}],
        model_max_length=131_072,
    )


def _config(ids: dict[str, int], words: int, shape: Shape) -> Any:
    import torch
    from transformers import Llama4Config

    config = Llama4Config(
        text_config=_text(ids, words) | shape.text,
        vision_config=_VISION | shape.vision,
        boi_token_index=ids["<|image_start|>"],
        eoi_token_index=ids["<|image_end|>"],
        image_token_index=ids["<|patch|>"],  # not <|image|>, which stands before the global tile
    )
    config.dtype = torch.bfloat16
    return config


def _text(ids: dict[str, int], words: int) -> dict[str, Any]:
    return {
        "vocab_size": -(-words // 64) * 64,
        "num_hidden_layers": 4,  # so that one of them is global, without positions
        "num_experts_per_tok": 1,
        "interleave_moe_layer_step": 1,
        "attention_chunk_size": 8_192,
        "max_position_embeddings": 131_072,
        "bos_token_id": ids[BEGIN],
        "eos_token_id": [ids[END], ids[END_OF_MESSAGE], ids[END_OF_TURN]],
        "pad_token_id": ids[PAD],
        "rope_parameters": {
            "rope_type": "llama3",
            "rope_theta": 500_000.0,
            "factor": 16.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 8_192,
        },
    }


# The intermediate size is four times the hidden size, since pixel shuffle puts four patches into one.
_VISION = {
    "image_size": 336,
    "patch_size": 14,
    "pixel_shuffle_ratio": 0.5,
    "rope_parameters": {"rope_type": "default", "rope_theta": 10_000.0},
}


if __name__ == "__main__":
    build(Path(sys.argv[1]))
