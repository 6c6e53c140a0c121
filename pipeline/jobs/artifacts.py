"""Where artifacts lie: small ones in their row, so that they are committed with it; larger ones as blobs."""

import os
from typing import BinaryIO

from pipeline.errors import BlobMissing
from pipeline.stores.blobs import Blobs
from pipeline.stores.records.artifacts import ArtifactRecord

INLINE_BYTES = 64 * 1024
"""A blob of this size or less costs more in syncs of the disk than in room in the database."""


def load(blobs: Blobs, artifact: ArtifactRecord) -> bytes:
    """All of an artifact.

    Raises:
        BlobMissing: its blob is gone.
    """
    if artifact.content is not None:
        return artifact.content
    return blobs.get(_key(artifact))


def open_artifact(blobs: Blobs, artifact: ArtifactRecord) -> BinaryIO:
    """An artifact as a readable file with a real descriptor, which the parser child can be given.

    Raises:
        BlobMissing: its blob is gone.
    """
    if artifact.content is None:
        return blobs.open(_key(artifact))
    file = os.fdopen(os.memfd_create("artifact"), "w+b")
    file.write(artifact.content)
    file.seek(0)
    return file


def _key(artifact: ArtifactRecord) -> str:
    if artifact.blob_key is None:
        raise BlobMissing(f"the artifact of the stage {artifact.stage} has no content", stage=artifact.stage)
    return artifact.blob_key
