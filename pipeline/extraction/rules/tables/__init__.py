"""Tables found by their headings: columns, rows, and the arrays they become."""
