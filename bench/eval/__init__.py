"""Quality on labelled public documents: what `make eval DATA=…` runs, with scorers that stand beside the data."""
