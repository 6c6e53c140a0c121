"""Documents of our own making, and the demonstration that runs on them."""
