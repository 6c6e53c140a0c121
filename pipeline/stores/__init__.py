"""Where things are kept: records (SQL), blobs (files), vectors (Qdrant)."""
