"""`check --pupil`: the table of who gets which facts about a pupil."""

from typing import Any

from app import console
from app.safety.route_test import RouteTest
from app.wiring import Relay

_COLUMNS = ("rule", "gets", "when", "role", "organisation", "by", "to", "legal_basis", "agreement", "waits_for")


def show_routes(relay: Relay, pupil_id: str, rule: str | None, *, as_json: bool) -> bool:
    """Print who is told what about a pupil; false when somebody who should be told cannot be. May raise ``Unknown``."""
    test = RouteTest(relay=relay, pupil_id=pupil_id, rule=rule)
    told, feeds = test.told(), test.feeds()
    if as_json:
        console.print_json({"pupil_id": pupil_id, "told": told, "feeds": feeds})
    else:
        _show(pupil_id, told, feeds)
    return all(row["by"] for row in told)


def _show(pupil_id: str, told: list[dict[str, Any]], feeds: list[dict[str, Any]]) -> None:
    console.show_table(f"pupil {pupil_id}: who is told", [_line(row) for row in told])
    console.show_table("what they get", _forms(told))
    console.show_table("daily feeds", [{name: row[name] for name in row if name != "fields"} for row in feeds])
    for row in feeds:
        console.out.print(f"feed {row['by']}: {', '.join(row['fields'])}", markup=False)


def _line(row: dict[str, Any]) -> dict[str, Any]:
    line = {name: row[name] for name in _COLUMNS}
    agreed = f" of {row['agreed_on']}" if row["agreed_on"] else ""
    return line | {"agreement": f"{row['agreement']}{agreed}" if row["agreement"] else None}


def _forms(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each form once, with the facts about the child that it holds."""
    forms = {(row["gets"], row["form"]): row["fields"] for row in told if row["form"]}
    return [{"gets": kind, "as": form, "facts about the child": facts} for (kind, form), facts in sorted(forms.items())]
