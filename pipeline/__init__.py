"""What happens to a document: intake, reading, extraction, summaries, indexing, answers, and the rules of work."""

import os

# Since 1.29 ONNX Runtime sends usage data to its maker unless this is set before it is first imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
