"""What every family of hostile files is made with."""

import zlib
from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class HostileFile:
    """One file, and what it is up to."""

    name: str
    data: bytes
    why: str


def deflated_zeros(size: int) -> bytes:
    """A zlib stream of `size` zero bytes (a multiple of 1 MiB), made without holding them.

    Blocks that end in a full flush stand for themselves, so that one of 1 MiB can be repeated; the Adler-32 checksum of
    n zeros is n modulo 65521 and 1 (RFC 1950).
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    last = zlib.compressobj(9, zlib.DEFLATED, -15).flush()
    checksum = (size % 65521) << 16 | 1
    return b"\x78\xda" + block * (size // MIB) + last + checksum.to_bytes(4, "big")
