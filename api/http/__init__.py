"""The REST door: FastAPI routes that parse, call one service function, and shape the answer."""
