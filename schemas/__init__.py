"""The words Sheaf speaks: models of documents, evidence, jobs and results, and the catalogue of JSON Schemas."""
