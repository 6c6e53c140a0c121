"""What `python -m bench upload` is made of: uploads written by hand, and what the kernel tells of them."""
