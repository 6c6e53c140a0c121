"""What every data command shares: where the service is, the key, `--json`, and how errors end it."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from api.cli.exits import CliError, status_of
from api.cli.output import Output
from api.client import KEY_VARIABLE, URL_VARIABLE, Client, RequestFailed, connect

Command = Callable[..., None]

_URL = Annotated[str | None, typer.Option("--url", help=f"The service, else {URL_VARIABLE}, else this machine's.")]
_KEY = Annotated[str | None, typer.Option("--key", help=f"API key, else {KEY_VARIABLE}, else this machine's.")]
_JSON = Annotated[bool, typer.Option("--json", help="Print the service's JSON.")]


@dataclass(frozen=True, slots=True)
class Session:
    """One run of a data command."""

    client: Client
    out: Output


def data_command(app: typer.Typer, name: str) -> Callable[[Command], Command]:
    """Make a command of a function whose first parameter is a `Session`; it gains `--url`, `--key` and `--json`."""

    def decorate(function: Command) -> Command:
        @functools.wraps(function)
        def run(*, service_url: str | None, api_key: str | None, as_json: bool, **arguments: Any) -> None:  # noqa: ANN401 - Typer's
            out = Output(as_json=as_json)
            try:
                with connect(service_url, api_key) as client:
                    function(Session(client, out), **arguments)
            except (CliError, RequestFailed) as error:
                out.error(error.message)
                raise typer.Exit(status_of(error)) from error

        run.__dict__["__signature__"] = _with_options(function)
        app.command(name)(run)
        return function

    return decorate


def _with_options(function: Command) -> inspect.Signature:
    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    keyword = inspect.Parameter.KEYWORD_ONLY
    added = [
        inspect.Parameter("service_url", keyword, default=None, annotation=_URL),
        inspect.Parameter("api_key", keyword, default=None, annotation=_KEY),
        inspect.Parameter("as_json", keyword, default=False, annotation=_JSON),
    ]
    return inspect.Signature([parameter.replace(kind=keyword) for parameter in own] + added)
