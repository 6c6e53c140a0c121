"""Writes a tiny Llama of random weights as a GGUF file, so that llama.cpp's server can be tested without a model.

    python tests/support/tiny_gguf.py tiny.gguf

Needs the package `gguf`. Two layers, 64 wide, a token for each byte: 0.5 MB. It speaks nonsense; what it is for is
everything around the words. How to run the adapter's contract against it stands in docs/operations/models.md.
"""

import sys

import numpy as np
from gguf import GGUFWriter, TokenType
from numpy.typing import NDArray

WIDTH, INNER, LAYERS, HEADS, CONTEXT = 64, 128, 2, 4, 32_768
SPECIAL = ["<|begin_of_text|>", "<|eot|>", "<|header_start|>", "<|header_end|>"]
TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<|header_start|>{{ message['role'] }}<|header_end|>\n\n"
    "{{ message['content'] }}<|eot|>{% endfor %}{% if add_generation_prompt %}"
    "<|header_start|>assistant<|header_end|>\n\n{% endif %}"
)


def alphabet() -> list[str]:
    """The characters that stand for the 256 bytes in byte-level BPE (GPT-2), in the order of the bytes."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in plain else chr(next(others)) for byte in range(256)]


def write(path: str) -> None:
    """Write the file; the same bytes each time."""
    letters = alphabet()
    merged = letters[ord(" ")] + "t"  # llama.cpp wants one merge at least
    tokens = [*letters, merged, *SPECIAL]
    writer = GGUFWriter(path, "llama")
    writer.add_name("tiny-llama")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(INNER)
    writer.add_block_count(LAYERS)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([TokenType.NORMAL] * (len(letters) + 1) + [TokenType.CONTROL] * len(SPECIAL))
    writer.add_token_merges([f"{letters[ord(' ')]} t"])
    writer.add_bos_token_id(tokens.index("<|begin_of_text|>"))
    writer.add_eos_token_id(tokens.index("<|eot|>"))
    writer.add_chat_template(TEMPLATE)
    for name, tensor in tensors(len(tokens)):
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def tensors(vocabulary: int) -> list[tuple[str, NDArray[np.float32]]]:
    """All weights by their names, random but for the norms."""
    random = np.random.default_rng(4)

    def matrix(rows: int, columns: int) -> NDArray[np.float32]:
        return random.normal(0, columns**-0.5, (rows, columns)).astype(np.float32)

    ones = np.ones(WIDTH, np.float32)
    found = [("token_embd.weight", matrix(vocabulary, WIDTH)), ("output_norm.weight", ones)]
    found.append(("output.weight", matrix(vocabulary, WIDTH)))
    for layer in range(LAYERS):
        at = f"blk.{layer}."
        found += [(f"{at}attn_norm.weight", ones), (f"{at}ffn_norm.weight", ones)]
        found += [(f"{at}attn_{part}.weight", matrix(WIDTH, WIDTH)) for part in ("q", "k", "v", "output")]
        found += [(f"{at}ffn_{part}.weight", matrix(INNER, WIDTH)) for part in ("gate", "up")]
        found.append((f"{at}ffn_down.weight", matrix(WIDTH, INNER)))
    return found


if __name__ == "__main__":
    write(sys.argv[1])
