"""What `python -m bench chaos` is made of: processes and servers that are hurt, and who looks at the harm."""
