"""What Schemathesis is told by `SCHEMATHESIS_HOOKS`, so that it tests the whole service and goes on testing it."""

import json
import os
import random
from typing import Any

import schemathesis

_known: dict[str, list[str]] = json.loads(os.environ["SCHEMATHESIS_IDS"])
"""Path parameter → ids of what there is."""
_own_key = os.environ["SCHEMATHESIS_OWN_KEY"]
"""The id of the key that it uses. It learns it from the list of keys, and must not revoke it."""
_choice = random.Random(1)


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case) -> bool:
    """Leaves out forms whose only fault is the type of a field: in a form each is a text, so that there is none."""
    del context
    if case.media_type != "multipart/form-data" or not isinstance(case.body, dict):
        return True
    return all(isinstance(value, str | bytes) for value in case.body.values())


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Half of the valid requests are about what there is, which nobody may delete, and so may not the own key.

    Where requests build on one another (the phase `stateful`) each knows already what it is about.
    """
    del context, kwargs
    path, meta = case.path_parameters or {}, case.meta
    alone = meta is not None and meta.generation.mode.is_positive and meta.phase.name != "stateful"
    for name, ids in _known.items():
        if name in path and case.method == "DELETE":
            path[name] = "nobodys" if path[name] in ids else path[name]
        elif name in path and alone and _choice.random() < 0.5:
            path[name] = _choice.choice(ids)
    if path.get("key_id") == _own_key:
        path["key_id"] = "nobodys"


@schemathesis.check
def problem_document(ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case) -> None:
    """Whatever is refused, or goes wrong, is told as a problem (RFC 9457) of a stable type."""
    del ctx
    if response.status_code < 400 or case.path.startswith("/health/"):
        return
    kind = response.headers.get("content-type", [""])[0]
    assert kind == "application/problem+json", f"the error is told as {kind!r}"
    problem = response.json()
    assert problem["type"].startswith("urn:sheaf:problem:"), problem
    assert problem["status"] == response.status_code, problem
