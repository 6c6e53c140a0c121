"""The page `/docs`: the OpenAPI document as a page of ours, since the usual ones load scripts from other hosts."""

from importlib.resources import files

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from pipeline.errors import NotFound

router = APIRouter(include_in_schema=False)

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'"

FILES = {"docs.js": "text/javascript; charset=utf-8", "docs.css": "text/css; charset=utf-8"}


def _answer(name: str, media_type: str) -> Response:
    content = files("api.http").joinpath("static", name).read_bytes()
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
    return Response(content, headers=headers, media_type=media_type)


@router.get("/")
def show_way() -> RedirectResponse:
    """Whoever opens the service's address in a browser finds what it is."""
    return RedirectResponse("/docs")


@router.get("/docs")
def show_docs() -> Response:
    """The page."""
    return _answer("docs.html", "text/html; charset=utf-8")


@router.get("/docs/{name}")
def show_file(name: str) -> Response:
    """What the page needs."""
    if name not in FILES:
        raise NotFound(f"there is nothing at /docs/{name[:80]}")
    return _answer(name, FILES[name])


@router.get("/openapi.json")
def show_openapi(request: Request) -> JSONResponse:
    """The OpenAPI document."""
    return JSONResponse(request.app.openapi())
