"""What `bench feed` is made of: documents, a simulated server, and the loops of production in virtual time."""
