"""Words with boxes → reading order and blocks; pure geometry, the same for text layers and OCR."""
