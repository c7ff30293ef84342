"""The two tables of what published policies ask, and of what they leave open."""

from collections import Counter

from config.published import ambiguities, published_rows

POLICIES = {
    "complete-works": 20,
    "targeted-provision": 41,
    "st-johns": 26,
    "swift-learning": 35,
    "burton-pru": 33,
    "floor": 6,
}


def test_every_row_of_the_five_published_policies_and_of_the_floor_is_listed():
    assert Counter(row.policy for row in published_rows().values()) == POLICIES


def test_rows_are_numbered_without_a_gap():
    numbers = [name for name, row in published_rows().items() if row.policy == "swift-learning"]

    assert numbers == [f"S3-{number:02}" for number in range(1, 36)]


def test_a_row_says_where_it_stands_and_how_far_it_can_be_automatic():
    row = published_rows()["S3-29"]

    assert (row.line, row.automation) == ("121", "A+H")
    assert {each.automation for each in published_rows().values()} == {"A", "A+H", "D", "H", "C"}


def test_forty_two_questions_are_open_and_each_has_a_choice():
    assert list(ambiguities()) == [f"A{number}" for number in range(1, 43)]
    assert all(each.question.endswith("?") and each.choice for each in ambiguities().values())


def test_every_question_concerns_rows_that_there_are():
    prefixes = {name.split("-")[0] for name in published_rows()}
    concerned = {row for each in ambiguities().values() for row in each.rows}

    assert concerned <= published_rows().keys() | prefixes


def test_a_question_concerns_the_policies_of_its_rows():
    assert ambiguities()["A5"].concerns("S4")
    assert not ambiguities()["A5"].concerns("S1")
    assert all(ambiguities()["A20"].concerns(prefix) for prefix in ("S0", "S1", "S2", "S3", "S4"))
