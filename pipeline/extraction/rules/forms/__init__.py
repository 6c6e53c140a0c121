"""Unknown forms: which texts are keys, which are what was filled in, and which belong to each other."""
