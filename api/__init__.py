"""The doors: REST and the command line, thin over `pipeline` and `workers`."""
