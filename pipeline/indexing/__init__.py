"""Document to chunks to points in the vector store."""
