"""How the state of everything is shown on a terminal."""

from dataclasses import asdict
from typing import Any

from app import console

State = dict[str, Any]
#: What of a school is shown only where there is some of it.
_COUNTS = ("quarantined", "to_be_matched", "retraction_candidates")


def show_state(state: State) -> None:
    """Print what ``status`` returns: what is always there first, then whatever there is of the rest."""
    if state["mode"] == "trial":
        trial = "TRIAL: only the addresses and destinations named in [safety] are reached"
        console.out.print(trial, markup=False, style="bold red")
    about = state["database"]
    console.out.print(
        f"database: SQLite {about.library}, journal {about.journal_mode}, synchronous {about.synchronous}, "
        f"{about.size_bytes / 1e6:.1f} MB"
    )
    console.show_table("schools", _schools(state["schools"]))
    _show_messages(state)
    _show_pulls(state)
    console.show_table("last runs", state["runs"])
    console.show_table("approvals: each waits for a person", state["approvals"])
    _show_people(state)


def _schools(schools: list[State]) -> list[State]:
    nowhere = {name for name in _COUNTS if not any(school[name] for school in schools)}
    return [
        {name: value for name, value in school.items() if name not in nowhere}
        | {"pulled_at": school["pulled_at"] or "never"}
        for school in schools
    ]


def _show_messages(state: State) -> None:
    console.show_table("outbox", state["outbox"])
    console.show_table("dead letters: each waits for a person", state["dead"])
    console.show_table("held: see `hold show`", state["held"])
    console.show_table("sent before the database was restored, and not made again", state["sent_before_restore"])
    console.show_table("paused destinations", [asdict(circuit) for circuit in state["circuits"]])


def _show_pulls(state: State) -> None:
    console.show_table("stopped schools: each waits for a person", state["stopped"])
    console.show_table("earlier days that could not be read", state["unread"])
    console.show_table("registers past their deadline: see that they are taken", state["untaken"])
    console.show_table("quarantine: correct these at the source", state["quarantine"])
    console.show_table("new at the source: compare code table and profile", state["drift"])


def _show_people(state: State) -> None:
    console.show_table("tasks", state["tasks"]["by_role"])
    console.out.print(f"tasks: {state['tasks']['open']} open, {state['tasks']['overdue']} overdue")
    for line in state["mark_changes"]["stuck"]:
        console.out.print(line, markup=False, style="bold")
    if state["mark_changes"]["open"]:
        by_state = (f"{count} {name}" for name, count in state["mark_changes"]["open"].items())
        console.out.print(f"changes of marks: {', '.join(by_state)}")
    console.out.print(f"documents: {state['documents']['open']} to check and send")
