"""The guide names everything an operator can write, and nothing ships undocumented."""

from pathlib import Path

import pytest

from config import contacts, events, holds, placements
from config.calendars import CalendarFile
from config.models import ROLES, Destination, Encryption, Feed, Health, Limits, Provider, Retention, School, Times
from config.overlays import FOLDERS, Authority
from config.safety import Safety
from config.settings import PREFIX, Settings
from rules.recorded import RECORDED

GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "configuration.md").read_text("utf-8")
FREE_TABLES = {"connector", "settings"}
TABLES = (
    Provider,
    Times,
    Limits,
    Safety,
    Health,
    Retention,
    School,
    Destination,
    Encryption,
    Feed,
    CalendarFile,
    Authority,
)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_every_key_is_in_the_guide(table: type[School]) -> None:
    keys = set(table.model_fields) - FREE_TABLES

    assert [key for key in keys if f"`{key}`" not in GUIDE and f"[[{key}]]" not in GUIDE] == []


def test_every_column_of_every_table_is_in_the_guide() -> None:
    columns = placements.COLUMNS + contacts.COLUMNS + events.COLUMNS + holds.COLUMNS

    assert [column for column in columns if f"`{column}`" not in GUIDE] == []


def test_every_event_that_can_be_recorded_is_in_the_guide_with_its_meaning() -> None:
    assert [event for event, meaning in RECORDED.items() if f"| `{event}` | {meaning} |" not in GUIDE] == []


def test_every_role_is_in_the_guide_with_its_meaning() -> None:
    assert [role for role, meaning in ROLES.items() if f"| `{role}` | {meaning} |" not in GUIDE] == []


def test_every_setting_is_in_the_guide() -> None:
    assert [name for name in Settings.model_fields if f"`{PREFIX}{name.upper()}`" not in GUIDE] == []


def test_every_overlay_is_in_the_guide() -> None:
    assert [folder for folder in FOLDERS if f"`{folder}/`" not in GUIDE] == []
