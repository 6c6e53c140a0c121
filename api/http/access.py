"""Who calls, and what a route needs: the services, and a key with a scope."""

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from starlette.concurrency import run_in_threadpool

from pipeline.access.authentication import Caller, authenticate
from pipeline.access.keys import SCOPES
from pipeline.access.rate_limiter import RateLimiter
from pipeline.errors import Unauthenticated
from pipeline.services import Services
from pipeline.stores.records.binding import EVERYTHING, bind, bound

bearer = HTTPBearer(auto_error=False, scheme_name="key", description="An API key: `Authorization: Bearer sheaf_…`")


# Dependencies that wait for nothing are `async`: FastAPI gives every other one a thread of its own for the call.
async def services_of(request: Request) -> Services:
    """The services of the process."""
    services = request.app.state.services
    assert isinstance(services, Services)
    return services


ServicesHere = Annotated[Services, Depends(services_of)]


async def limiter_of(request: Request) -> RateLimiter:
    """The one that counts requests."""
    limiter = request.app.state.limiter
    assert isinstance(limiter, RateLimiter)
    return limiter


async def caller(
    needed: SecurityScopes,
    services: ServicesHere,
    limiter: Annotated[RateLimiter, Depends(limiter_of)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Caller:
    """The caller, allowed to do what the route does. From here on the request sees its workspace's rows only.

    Raises:
        Unauthenticated: there is no valid key.
        TooManyRequests: the workspace has sent too many requests.
        PermissionDenied: the key lacks a scope.
    """
    if credentials is None:
        raise Unauthenticated("send Authorization: Bearer KEY")
    found = await run_in_threadpool(_admitted, services, limiter, credentials.credentials)
    bind(found.workspace_id)
    for scope in SCOPES:
        if scope in needed.scopes:
            found.check(scope)
    return found


def _admitted(services: Services, limiter: RateLimiter, key: str) -> Caller:
    with bound(EVERYTHING):  # whose the key is comes out only here
        found = authenticate(services.database, key)
        return replace(found, limits=limiter.admit(found.workspace_id))


Ingester = Annotated[Caller, Security(caller, scopes=["ingest"])]
Reader = Annotated[Caller, Security(caller, scopes=["read"])]
Admin = Annotated[Caller, Security(caller, scopes=["admin"])]
