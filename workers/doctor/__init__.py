"""Looks at what this installation is made of, for `sheaf doctor`."""
