"""The packages that this installation is made of, or could be: engines, extras, recognizers of speech."""

from dataclasses import replace

from pipeline.models import moonshine_weights
from workers.doctor.checks import Part

ENGINES = (
    Part(name="PDF", distribution="pymupdf", module="pymupdf", cost="no PDF can be read"),
    Part(name="images", distribution="pillow", module="PIL", cost="no image and no scanned page can be read"),
    Part(name="HEIC images", distribution="pillow_heif", module="pillow_heif", cost="photos of phones are refused"),
    Part(name="OCR", distribution="rapidocr", module="rapidocr", cost="scans and photos hold no text"),
    Part(name="audio decoding", distribution="av", module="av", cost="recordings are refused"),
    Part(name="Word", distribution="python-docx", module="docx", cost="DOCX files are refused"),
    Part(name="PowerPoint", distribution="python-pptx", module="pptx", cost="PPTX files are refused"),
    Part(name="Excel", distribution="openpyxl", module="openpyxl", cost="XLSX files are refused"),
    Part(name="HTML and mail", distribution="lxml", module="lxml", cost="HTML and Office files are refused"),
    Part(name="Markdown", distribution="markdown-it-py", module="markdown_it", cost="Markdown is refused"),
    Part(name="safe patterns", distribution="google-re2", module="re2", cost="`pattern` in schemas is refused"),
)

_WHISPER = Part(
    name="extra whisper",
    distribution="faster-whisper",
    module="faster_whisper",
    cost="the service's own process has a small recognizer of speech only",
)

EXTRAS = (
    Part(name="extra mcp", distribution="mcp", module="mcp", cost="no `sheaf mcp` for assistants"),
    Part(name="extra redis", distribution="redis", module="redis", cost="all workers run in one process"),
    Part(name="extra postgres", distribution="psycopg", module="psycopg", cost="SQLite only: one host"),
    Part(name="extra qdrant", distribution="qdrant-client", module="qdrant_client", cost="Qdrant Edge only: one host"),
    Part(name="extra s3", distribution="obstore", module="obstore", cost="files lie in a folder, not in a bucket"),
    _WHISPER,
    Part(
        name="extra transformers", distribution="transformers", module="transformers", cost="chat models are servers'"
    ),
    Part(name="extra otel", distribution="opentelemetry-sdk", module="opentelemetry.sdk", cost="nothing is traced"),
)

RECOGNIZERS = {
    "faster-whisper": replace(_WHISPER, name="transcription", cost="the service does not start"),
    "moonshine": Part(
        name="transcription",
        distribution=moonshine_weights.DISTRIBUTION,
        module=moonshine_weights.PACKAGE,
        cost="another one transcribes",
    ),
    "pocketsphinx": Part(
        name="transcription",
        distribution="pocketsphinx",
        module="pocketsphinx",
        cost="recordings cannot be transcribed",
    ),
}
"""By kind of transcriber."""
