from datetime import date

import pytest

from mapping.model import Half, Session
from outbox.document_parts import Share
from outbox.document_records import Contract
from outbox.document_words import (
    birthday,
    days_text,
    flag_text,
    label_line,
    long_day,
    many,
    percent_text,
    plain,
    role_text,
    sentence,
    share_text,
    shown,
    table_text,
)
from tests.outbox.builders import MON, NOW, TUE


@pytest.mark.parametrize(
    ("percent", "written"),
    [
        (None, None),
        (89.96, "89.9%"),  # below 90, and never shown as 90
        (90.0, "90%"),
        (100 * 29 / 100, "29%"),  # binary fractions make it 28.999999999999996
        (100 * 2 / 3, "66.6%"),
        (0.0, "0%"),
        (100.0, "100%"),
    ],
)
def test_per_cent_is_cut_to_one_place_and_not_rounded_up(percent, written):
    assert percent_text(percent) == written


def test_a_share_without_a_possible_session_has_no_percentage():
    assert Share().percent is None
    assert share_text(Share()) is None
    assert share_text(Share(attended=52, possible=60)) == "52 of 60 sessions (86.6%)"
    assert Share(attended=52, possible=60).missed == 8


def test_sessions_are_written_by_day_and_half_days_say_which():
    sessions = [
        Session(TUE, Half.PM),
        Session(MON, Half.PM),
        Session(MON, Half.AM),
        Session(date(2026, 11, 4), Half.AM),
    ]

    assert days_text(sessions) == ["Mon 2 Nov 2026", "Tue 3 Nov 2026 (afternoon)", "Wed 4 Nov 2026 (morning)"]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, None),
        ((), ""),
        (("mother", "aunt"), "mother, aunt"),
        (MON, "Mon 2 Nov 2026"),
        (NOW, "Wed 4 Nov 2026, 3:30 pm"),
        (Session(MON, Half.AM), "the morning of Mon 2 Nov 2026"),
        (0, "0"),
        (False, "no"),
        (True, "yes"),
        ("as it is", "as it is"),
    ],
)
def test_values_are_shown_in_words_and_nought_is_a_value(value, written):
    assert shown(value) == written


def test_dates_in_letters_and_of_birth_are_written_out():
    assert long_day(MON) == "Monday 2 November 2026"
    assert birthday(date(2012, 3, 14)) == "14 March 2012"
    assert birthday(None) is None


def test_roles_and_flags_are_written_in_words():
    assert role_text("dsl") == "designated safeguarding lead"
    assert role_text("social_worker") == "social worker"
    assert role_text("key_worker") == "key worker"
    assert flag_text("social_worker") == "has a social worker"
    assert flag_text("looked_after") == "looked after"


def test_numbers_agree_with_their_nouns_and_reasons_become_sentences():
    assert (many(1, "session"), many(0, "session")) == ("1 session", "0 sessions")
    assert sentence("absent for 3 days.") == "Absent for 3 days."


def test_a_long_label_and_a_long_value_stand_side_by_side():
    assert label_line("Was the pupil seen, and spoken to alone?", "yes " * 16) == (
        "Was the pupil seen, and       yes yes yes yes yes yes yes yes yes yes yes yes\n"
        "spoken to alone?:             yes yes yes yes"
    )


def test_a_table_that_is_too_wide_becomes_labelled_lines_without_its_empty_cells():
    assert table_text([["10293", "3"]], ["Pupil", "Days"]) == "Pupil  Days\n-----  ----\n10293  3"
    assert table_text([["x" * 40, None, "y" * 40]], ["A", "B", "C"]) == (
        f"A:                            {'x' * 40}\nC:                            {'y' * 40}"
    )


def test_plain_text_is_wrapped_under_its_bullet_and_holds_no_gap():
    assert plain("a\n\n\n\nb  \n") == "a\n\nb\n"
    assert plain("- " + "word " * 20) == "- " + "word " * 14 + "word\n  " + "word " * 4 + "word\n"


@pytest.mark.parametrize(
    ("contract", "met"),
    [
        (Contract(agreed_on=MON, target=95.0, share=Share(attended=19, possible=20)), True),
        (Contract(agreed_on=MON, target=95.0, share=Share(attended=18, possible=20)), False),
        (Contract(agreed_on=MON, target=95.0), None),
        (Contract(agreed_on=MON, share=Share(attended=18, possible=20)), None),
    ],
)
def test_a_target_is_met_missed_or_not_known(contract, met):
    assert contract.is_met is met
