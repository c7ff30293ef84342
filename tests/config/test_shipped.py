"""What ships beside the code: bank holidays, authorities, code tables, and that all of it loads."""

from collections import Counter
from datetime import date

import pytest

from config.calendars import read_bank_holidays
from config.code_tables import NATIONAL, read_national, read_sources
from config.loading import SHIPPED
from config.overlays import Authority, overlaid, read_authorities, read_documents, read_policies
from config.problems import Findings

NOWHERE = SHIPPED / "scaffold" / "nothing-is-laid-over"


@pytest.fixture
def findings() -> Findings:
    return Findings()


@pytest.fixture
def holidays(findings: Findings) -> dict[date, str]:
    return read_bank_holidays(SHIPPED / "bank_holidays.csv", findings)


def test_england_has_eight_bank_holidays_a_year_and_a_ninth_for_the_coronation(holidays: dict[date, str]) -> None:
    assert Counter(day.year for day in holidays) == {2023: 9, 2024: 8, 2025: 8, 2026: 8, 2027: 8, 2028: 8}


def test_no_bank_holiday_is_a_weekend_because_the_substitute_day_is_the_holiday(holidays: dict[date, str]) -> None:
    assert [day for day in holidays if day.weekday() >= 5] == []


def test_easter_mondays_are_mondays_and_good_fridays_fridays_three_days_before(holidays: dict[date, str]) -> None:
    fridays = [day for day, name in holidays.items() if name == "Good Friday"]

    assert [day.weekday() for day in fridays] == [4] * 6
    assert [holidays[date.fromordinal(day.toordinal() + 3)] for day in fridays] == ["Easter Monday"] * 6


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2023-01-02", "New Year's Day (substitute day)"),  # 1 January 2023 was a Sunday
        ("2023-05-08", "Bank holiday for the coronation of King Charles III"),
        ("2026-12-28", "Boxing Day (substitute day)"),  # 26 December 2026 is a Saturday
        ("2027-12-27", "Christmas Day (substitute day)"),  # 25 December 2027 is a Saturday
        ("2027-12-28", "Boxing Day (substitute day)"),
        ("2028-01-03", "New Year's Day (substitute day)"),  # 1 January 2028 is a Saturday
        ("2028-04-14", "Good Friday"),
    ],
)
def test_the_days_that_are_easy_to_get_wrong(holidays: dict[date, str], day: str, name: str) -> None:
    assert holidays[date.fromisoformat(day)] == name


@pytest.fixture
def authorities(findings: Findings) -> dict[str, Authority]:
    return read_authorities(overlaid(SHIPPED, NOWHERE, "authorities", ".toml"), findings)


def test_the_three_authorities_ship_without_telephone_numbers(authorities: dict[str, Authority]) -> None:
    assert {code: each.name for code, each in authorities.items()} == {
        "331": "Coventry City Council",
        "860": "Staffordshire County Council",
        "937": "Warwickshire County Council",
    }


def test_staffordshire_takes_the_ten_days_of_an_enrolled_child_by_the_attendance_route(
    authorities: dict[str, Authority],
) -> None:
    staffordshire = authorities["860"]

    assert (staffordshire.ten_day_route, staffordshire.cme_accepts_enrolled) == ("attendance", False)
    assert "missing" not in staffordshire.ten_day_label.lower()


def test_warwickshire_has_a_person_confirm_each_referral(authorities: dict[str, Authority]) -> None:
    assert authorities["937"].referral_approval == "each"


def test_everything_that_ships_can_be_read(findings: Findings) -> None:
    national = read_national(SHIPPED / "codes" / "national.csv", "national.csv", findings)
    tables = overlaid(SHIPPED, NOWHERE, "codes", ".csv")
    del tables[NATIONAL]
    read_sources(tables, national, findings)
    read_policies(overlaid(SHIPPED, NOWHERE, "policies", ".toml"), findings)
    read_documents(overlaid(SHIPPED, NOWHERE, "profiles", ".toml"), findings)
    read_authorities(overlaid(SHIPPED, NOWHERE, "authorities", ".toml"), findings)

    assert (findings.problems, findings.warnings) == ((), ())
