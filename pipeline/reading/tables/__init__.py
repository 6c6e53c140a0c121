"""Words with boxes and ruling lines → tables; pure geometry, the same for text layers and OCR."""
