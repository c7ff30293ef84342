"""``explain``: the answer to "why was this sent?" and to "why was nothing sent?"."""

from datetime import datetime
from typing import Annotated, Any

import typer

from app import console
from app.commands.common import AsJson, Config, School, opened, sites_of
from app.commands.people import say
from app.people.answers import Answer
from app.people.explaining import explain


def explain_pupil(
    pupil: Annotated[str, typer.Argument(metavar="PUPIL", help="The pupil's id, as placements.csv has it.")],
    config: Config = None,
    *,
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="The day; the latest school day if left out.")
    ] = None,
    school: School = None,
    as_json: AsJson = False,
) -> None:
    """Show every rule of a pupil's policy with whether it fired and why, and what was decided, asked and sent."""
    with opened(config, as_json=as_json) as relay:
        found = explain(relay, pupil, sites=sites_of(relay, school), day=on.date() if on else None)
        told = found if isinstance(found, Answer) else [each.as_json() for each in found]
    if isinstance(told, Answer):
        say(told, as_json=as_json)
    elif as_json:
        console.print_json({"explained": told})
    else:
        for each in told:
            _show(each)


def _show(told: dict[str, Any]) -> None:
    console.out.print(
        f"pupil {told['pupil_id']} at {told['school']} on {told['day']:%a %Y-%m-%d},"
        f" policy {told['policy']} version {told['policy_version']}",
        markup=False,
    )
    for rule in told["rules"]:
        place = f" ({rule['ladder']} {rule['rung']})" if rule["ladder"] else ""
        console.out.print(f"\n{rule['state']}: {rule['rule']}{place}, {', '.join(rule['rows'])}", markup=False)
        for line in _lines(rule):
            console.out.print(f"    {line}", markup=False)
    for name in ("decisions", "tasks", "documents", "approvals", "messages"):
        console.show_table(name, told[name])


def _lines(rule: dict[str, Any]) -> list[str]:
    """Return what stands behind a rule: what it asks for, what was measured, and what kept it from firing."""
    labelled = (
        ("asks for", rule["asks_for"]),
        ("measured", rule["measured"]),
        ("why not", rule["why_not"] or ""),
        ("counted", ", ".join(rule["counted"])),
        ("stepped over", ", ".join(rule["stepped_over"])),
        ("not recorded", ", ".join(rule["not_recorded"])),
        ("fired before", ", ".join(f"{day}" for day in rule["fired_before"])),
    )
    return [f"{label}: {text}" for label, text in labelled if text]
