"""What `bench rows` is made of: generated ledgers, their PDFs, and the oracle that answers for a model."""
