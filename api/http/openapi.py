"""The committed description of the REST API.

python -m api.http.openapi > docs/openapi.json
"""

import json
import sys
from typing import Any

from api.http.app import bare_app

Json = dict[str, Any]


def describe() -> Json:
    """The OpenAPI document of the routes as they are."""
    return bare_app().openapi()


def as_text(document: Json) -> str:
    """The document as it is committed."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(as_text(describe()))
