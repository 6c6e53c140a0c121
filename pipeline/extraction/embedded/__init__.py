"""Data for machines inside a file, as values of a schema: held against what the pages say."""
