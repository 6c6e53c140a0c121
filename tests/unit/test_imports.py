"""Each foreign SDK is imported in its adapter and nowhere else."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("schemas", "pipeline", "workers", "api")

# SDK → the modules (or packages) that may import it.
ADAPTERS = {
    "celery": ("workers/",),
    "kombu": ("workers/",),
    "redis": (),
    "pymupdf": ("pipeline/reading/pdf/",),
    "PIL": ("pipeline/reading/image/", "pipeline/reading/pdf/", "pipeline/models/transformers_chat/"),
    "pillow_heif": ("pipeline/reading/image/",),
    "rapidocr": ("pipeline/reading/ocr.py", "pipeline/reading/ocr/"),
    "av": ("pipeline/reading/audio/",),
    "docx": ("pipeline/reading/office/",),
    "pptx": ("pipeline/reading/office/",),
    "openpyxl": ("pipeline/reading/office/",),
    "lxml": ("pipeline/reading/text/", "pipeline/reading/office/", "pipeline/reading/embedded/"),
    "zxingcpp": ("pipeline/reading/image/codes.py",),
    "markdown_it": ("pipeline/reading/text/",),
    "onnx": ("pipeline/models/",),
    "onnxruntime": ("pipeline/models/", "pipeline/reading/ocr.py", "pipeline/reading/ocr/", "pipeline/reading/audio/"),
    "tokenizers": ("pipeline/models/",),
    "safetensors": ("pipeline/models/",),
    "faster_whisper": ("pipeline/models/",),
    "pocketsphinx": ("pipeline/models/",),
    "qdrant_edge": ("pipeline/stores/edge_points.py",),
    "obstore": ("pipeline/stores/s3.py",),
    "qdrant_client": ("pipeline/stores/qdrant_points.py",),
    "fastapi": ("api/http/",),
    "starlette": ("api/http/",),
    "uvicorn": ("api/http/",),
    "typer": ("api/cli/",),
    "mcp": ("api/mcp/",),
    "sqlalchemy": ("pipeline/stores/records/", "pipeline/jobs/", "pipeline/access/", "pipeline/indexing/", "api/http/"),
    "alembic": ("pipeline/stores/records/",),
    "re2": ("pipeline/extraction/",),
    "jsonschema": ("pipeline/extraction/",),
    "torch": ("pipeline/models/transformers_chat/",),
    "torchvision": (),
    "transformers": ("pipeline/models/transformers_chat/",),
    "llguidance": ("pipeline/models/transformers_chat/",),
    "vllm": (),
    "opentelemetry": ("pipeline/tracing/otel.py",),
    "openai": ("pipeline/models/openai_api/",),
    "httpx2": ("pipeline/models/openai_api/",),
    "httpcore2": ("pipeline/models/openai_api/",),
}


def imported(path: Path) -> set[str]:
    """Top-level names of everything a file imports, in functions too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("sdk", sorted(ADAPTERS))
def test_an_sdk_is_imported_only_in_its_adapter(sdk: str) -> None:
    allowed = ADAPTERS[sdk]
    strangers = [
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if sdk in imported(path) and not path.relative_to(ROOT).as_posix().startswith(allowed or ("-",))
    ]
    assert strangers == []


def test_the_words_import_nothing_of_ours() -> None:
    for path in (ROOT / "schemas").rglob("*.py"):
        assert not imported(path) & {"pipeline", "workers", "api"}, path
