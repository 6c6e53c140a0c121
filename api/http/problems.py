"""Every error as problem details (RFC 9457): the one table from error class to HTTP status, and the handlers."""

import logging
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match, Route

from api.http.requests import may_be_cut
from pipeline import errors
from pipeline.errors import SheafError
from pipeline.jobs.failures import classify
from pipeline.tracing.current import current
from schemas.problems import Problem

log = logging.getLogger("sheaf.http")

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = "5"
CLIENT_CLOSED_REQUEST = 499

STATUSES: dict[type[SheafError], int] = {
    errors.SheafError: 500,
    errors.InputError: 422,
    errors.EmptyFile: 422,
    errors.UnsupportedType: 415,
    errors.DamagedFile: 422,
    errors.NoPages: 422,
    errors.PasswordRequired: 422,
    errors.WrongPassword: 422,
    errors.FileTooLarge: 413,
    errors.LimitExceeded: 422,
    errors.InvalidRequest: 422,
    errors.InvalidFilter: 422,
    errors.InvalidSchema: 422,
    errors.UnknownSchema: 422,
    errors.InvalidWebhookUrl: 422,
    errors.ForbiddenPath: 403,
    errors.RequestTooLarge: 413,
    errors.UploadStalled: 408,
    errors.MethodNotAllowed: 405,
    errors.AccessError: 403,
    errors.Unauthenticated: 401,
    errors.PermissionDenied: 403,
    errors.NotFound: 404,
    errors.TooManyRequests: 429,
    errors.QuotaExceeded: 429,
    # No 429, since waiting makes no room, and no 507, since nothing is wrong with the service.
    errors.StorageQuotaExceeded: 403,
    errors.ConflictError: 409,
    # The idempotency draft of the IETF (draft-ietf-httpapi-idempotency-key-header-07) asks for 422 here.
    errors.IdempotencyMismatch: 422,
    errors.ResultNotReady: 409,
    errors.NotRetryable: 409,
    errors.NotCancellable: 409,
    errors.ParserError: 422,
    errors.ParserCrashed: 422,
    errors.WorkerLost: 503,
    errors.ParsersBusy: 503,
    errors.ParserTimeout: 422,
    errors.ParserOutOfMemory: 422,
    errors.ParserProtocolError: 422,
    errors.ModelError: 502,
    errors.ModelUnavailable: 503,
    errors.ModelTimeout: 504,
    errors.ModelRejected: 502,
    errors.ContextExceeded: 502,
    errors.ModelRefused: 502,
    errors.AnswerCut: 502,
    errors.AnswerInvalid: 502,
    errors.StoreError: 503,
    errors.StorageFull: 507,
    errors.BlobMissing: 500,
    errors.DatabaseUnavailable: 503,
    errors.VectorsUnavailable: 503,
    errors.VectorsLocked: 503,
    errors.SecretDamaged: 500,
    errors.DeliveryError: 502,
    errors.AddressForbidden: 422,
    errors.WorkStopped: 409,
    errors.LeaseLost: 409,
    errors.JobCancelled: 409,
    errors.WorkReleased: 409,
    errors.SettingsError: 500,
}


def problem_response(request: Request, error: BaseException) -> Response:
    """The answer to a request that ended in `error`; an error that is not ours tells nothing of its insides."""
    failure = classify(error)
    status = STATUSES[errors.error_class(failure.name)]
    current().note({"error.type": failure.name, "sheaf.error.category": failure.category})
    problem = failure.problem(status=status, instance=getattr(request.state, "request_id", None))
    if failure.category == "internal":
        problem.detail = "The service's log has the rest under the instance named here."
    return Response(encode(problem), status, _headers(error, status, request), MEDIA_TYPE)


def encode(problem: Problem) -> bytes:
    """The document as JSON."""
    return orjson.dumps(problem.model_dump(mode="json", exclude_none=True))


def _headers(error: BaseException, status: int, request: Request) -> dict[str, str]:
    request_id = getattr(request.state, "request_id", None)
    headers = {"X-Request-ID": request_id} if request_id else {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="sheaf"'
    elif isinstance(error, errors.PermissionDenied):
        headers["WWW-Authenticate"] = 'Bearer realm="sheaf", error="insufficient_scope"'
    elif status == 503:
        headers["Retry-After"] = RETRY_AFTER_SECONDS
    elif isinstance(error, errors.TooManyRequests | errors.QuotaExceeded):
        headers["Retry-After"] = str(error.facts["retry_after"])
    if isinstance(error, errors.MethodNotAllowed):
        headers["Allow"] = ", ".join(error.facts.get("allow", []))
    if isinstance(error, errors.UploadStalled) or may_be_cut(request):
        # What is still being sent is not read to its end, so that nothing can follow on this connection.
        headers["Connection"] = "close"
    return headers


async def _answer(request: Request, error: Exception) -> Response:
    response = problem_response(request, error)
    if response.status_code >= 500:
        log.warning("request %s: %s", getattr(request.state, "request_id", None), error)
    return response


async def _answer_http(request: Request, error: Exception) -> Response:
    """What the framework refuses by itself: no such address, no such method, a body it cannot read."""
    assert isinstance(error, HTTPException)
    return problem_response(request, _translate(request, error))


def _translate(request: Request, error: HTTPException) -> SheafError:
    if isinstance(error.__cause__, SheafError):  # raised while the body was read
        return error.__cause__
    if error.status_code == 404:
        return errors.NotFound(f"there is nothing at {request.url.path[:200]}")
    if error.status_code == 405:
        return errors.MethodNotAllowed(f"{request.method} is not known here", allow=_methods(request))
    return errors.InvalidRequest(str(error.detail))


def _methods(request: Request) -> list[str]:
    """All that the address knows; the framework tells those of one route only, and an address may have several.

    A path with a name in it, which the address fits as well (`/webhooks/{webhook_id}`), is another address.
    """
    routes = [route for route in request.app.state.routes if isinstance(route, Route)]
    fitting = [route for route in routes if route.matches(request.scope)[0] != Match.NONE]
    known = {method for route in fitting if route.path == fitting[0].path for method in route.methods or ()}
    return sorted(known | ({"HEAD"} if "GET" in known else set()))


async def _answer_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [{"path": _pointer(fault["loc"]), "message": str(fault["msg"])} for fault in error.errors()]
    summary = "; ".join(f"{fault['path']}: {fault['message']}" for fault in faults[:3])
    if "json" not in request.headers.get("content-type", "") and any(f["loc"] == ("body",) for f in error.errors()):
        summary = "send the body as JSON, with the header Content-Type: application/json"
    return problem_response(request, errors.InvalidRequest(summary, errors=faults))


def _pointer(location: tuple[Any, ...]) -> str:
    """`("body", "filters", 0)` as `/filters/0`; parameters by their name."""
    parts = location[1:] if location and location[0] in {"body", "query", "path", "header"} else location
    return "/" + "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in parts)


async def _drop(request: Request, error: Exception) -> Response:
    """The client has gone; nobody reads this."""
    del error
    log.info("client left", extra={"request": getattr(request.state, "request_id", None)})
    return Response(status_code=CLIENT_CLOSED_REQUEST)


def install(app: FastAPI) -> None:
    """Answer every error that is expected as problem details; `Envelope` answers the others."""
    app.add_exception_handler(SheafError, _answer)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(ClientDisconnect, _drop)
