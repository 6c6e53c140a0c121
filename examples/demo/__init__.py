"""The demonstration: the main job on the example documents, through the REST API, checked against what they say."""
