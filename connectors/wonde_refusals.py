"""What Wonde means by a refusal: it says so in the body, and the status alone would say too little."""

import re
from dataclasses import dataclass
from http import HTTPStatus

import msgspec

from connectors.base import PullFailed, Refusal, Rejected
from connectors.http import Answer, failure

#: The statuses whose body is read.
REFUSALS = frozenset({400, 401, 403, 404, 422})
_SCOPE = re.compile(r"\b[a-z_-]+\.(?:read|write)\b")


@dataclass(frozen=True, slots=True)
class NoSuchInclude:
    """A listing was refused because of an include; Wonde does not always say which."""

    name: str


class _Problem(msgspec.Struct):
    error: str | None = None
    error_description: str | None = None


_PROBLEM = msgspec.json.Decoder(_Problem)


def refusal(answer: Answer, purpose: str) -> PullFailed:
    """Return what a refusal means; of Wonde's own words only the name of a scope is repeated."""
    return _refusal(answer, answer.json(_PROBLEM), purpose)


def refused_include(answer: Answer, purpose: str) -> NoSuchInclude:
    """Return which include is not known here; raise any other refusal."""
    problem = answer.json(_PROBLEM)
    if answer.status == HTTPStatus.BAD_REQUEST and problem.error == "invalid_include":
        return NoSuchInclude((problem.error_description or "").strip())
    raise _refusal(answer, problem, purpose)


def _refusal(answer: Answer, problem: _Problem, purpose: str) -> PullFailed:
    match answer.status, problem.error:
        case 401, _:
            return Rejected(
                f"{answer.host} refuses the token (401): it was revoked or mistyped; enter the one that holds"
            )
        case 403, "invalid_permissions":
            scope = _SCOPE.search(problem.error_description or "")
            named = f" (scope {scope[0]})" if scope else ""
            return Rejected(
                f"{answer.host} does not let this application read or write {purpose}{named}: "
                "ask the school to grant it where it approved the application",
                refusal=Refusal.PERMISSION,
            )
        case 404, "resource_not_found":
            return Rejected(
                f"{answer.host} has no {purpose} of this school (404): its MIS gives Wonde none, "
                "or the school has moved to another MIS; ask Wonde's support",
                refusal=Refusal.PERMISSION,
            )
        case _:
            return failure(answer.status, answer.host)
