"""How a collection on a Qdrant server is laid out for the points that are expected; docs/corpus.md has the sums."""

from dataclasses import dataclass

POINTS_PER_SHARD = 20_000_000
"""A shard beyond this takes hours to move or to rebuild."""
QUANTIZED_FROM = 1_000_000
"""Below it the vectors themselves fit into memory everywhere."""
TENANT_GRAPHS_FROM = 10_000_000
"""From here on each workspace has a graph of its own, and there is none over all: searches name their workspace."""
LINKS = 16
"""Of a point in the graph (HNSW's m)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """`shards` are spread over the nodes; with `quantized`, vectors lie on disk and a byte a number in memory."""

    shards: int
    quantized: bool
    tenant_graphs: bool

    @classmethod
    def of(cls, points: int) -> "Layout":
        """The layout for about so many points."""
        return cls(
            shards=max(1, -(-points // POINTS_PER_SHARD)),
            quantized=points >= QUANTIZED_FROM,
            tenant_graphs=points >= TENANT_GRAPHS_FROM,
        )

    def memory_bytes(self, points: int, dimensions: int) -> int:
        """What dense vectors and their graph take in memory, all nodes together; the rest lies on disk.

        The graph holds 2 m links of four bytes in its lowest layer, which is nearly all of it.
        """
        vector = dimensions * (1 if self.quantized else 4)
        return points * (vector + 2 * LINKS * 4)
