"""Class Charts: the export of exactly the days asked for, and answers that are no export."""

import pytest

from app.demo.platforms.class_charts import PATH, simulate_class_charts
from app.demo.platforms.server import Fault, FaultKind
from connectors.base import Malformed, Rejected, Surroundings, Unavailable, Window
from connectors.class_charts import Settings, connect
from tests.connectors.rigs import PROFILES, WEEK, a_week
from tests.connectors.worlds import brought, expected


@pytest.fixture
def world():
    return a_week()


@pytest.fixture
def charts(world):
    with simulate_class_charts(world, "S") as server:
        yield server


@pytest.fixture
def export(charts, world):
    around = Surroundings(now=world.clock, sleep=lambda _: None, profiles=PROFILES)
    settings = Settings(address=f"{charts.address}{PATH}?key=k", username="relay", password="simulated")
    connector = connect(settings, around)
    yield connector
    connector.close()


def pull(connector, window=WEEK):
    return connector.pull(window, seen=lambda _: None)


def test_the_export_is_asked_for_the_days_of_the_window_and_speaks_for_all_of_them(charts, world, export):
    pulled = pull(export)

    assert [asked.query for asked in charts.asked] == [{"key": "k", "from": "2026-03-09", "to": "2026-03-13"}]
    assert brought(pulled) == expected(world)
    assert pulled.is_whole
    assert pulled.source_as_of == world.now


def test_rows_of_other_days_are_left_out_and_then_the_export_is_not_believed_to_be_whole(charts, world, export):
    charts.faults += [Fault(FaultKind.UNFILTERED)]
    tuesday = Window(first=WEEK.last, last=WEEK.last)

    pulled = pull(export, tuesday)

    assert brought(pulled) == expected(world, WEEK.last, WEEK.last)
    assert [row.reason.split(",")[0] for row in pulled.unreadable] == ["marks outside 2026-03-13 to 2026-03-13: 85"]
    assert not pulled.is_whole


def test_an_export_that_broke_off_is_fetched_again_from_its_beginning(charts, world, export):
    charts.faults += [Fault(FaultKind.TRUNCATED), Fault(FaultKind.TRUNCATED)]

    assert brought(pull(export)) == expected(world)


@pytest.mark.parametrize(
    ("kind", "failure", "text"),
    [
        (FaultKind.HTML, Malformed, "127.0.0.1 sent text/html instead of a table"),
        (FaultKind.BODY_STATUS, Malformed, "127.0.0.1 sent application/json instead of a table"),
        (FaultKind.EMPTY, Malformed, "the export of 127.0.0.1: no row follows the header"),
        (FaultKind.DOWN, Unavailable, "127.0.0.1 is not available"),
    ],
)
def test_what_is_no_export_is_said_in_a_sentence(charts, export, kind, failure, text):
    charts.faults += [Fault(kind)] * 9

    with pytest.raises(failure, match=text):
        pull(export)


def test_an_address_nobody_serves_is_malformed(charts, world):
    around = Surroundings(now=world.clock, sleep=lambda _: None, profiles=PROFILES)
    connector = connect(Settings(address=charts.address, username="relay", password="simulated"), around)

    with pytest.raises(Malformed, match="answered 404: check the address"):
        pull(connector)
    connector.close()


def test_an_export_that_asks_for_no_credential_is_given_none(charts, world):
    connector = connect(
        Settings(address=charts.address + PATH), Surroundings(now=world.clock, sleep=lambda _: None, profiles=PROFILES)
    )

    with pytest.raises(Rejected):
        pull(connector)
    connector.close()


def test_settings_show_no_secret_to_people_or_to_rich():
    settings = Settings(address="https://school.example", username="relay", password="s3cret")

    assert repr(settings) == (
        "Settings(address='https://school.example', username='relay', password=..., profile='class-charts-export')"
    )
    assert ("password", "...") in settings.__rich_repr__()
