"""Traces: one for each job, from the upload over every stage and model request to its webhooks."""
