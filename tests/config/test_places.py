"""Lines of a TOML file that parsing forgets."""

import pytest

from config.places import Places, remarks

FILE = '''# a "quotation" [[rule]] in a comment
[policy]
id = "mine"
says = """
id = "not a key"
[[rule]]
"""
mutable_by = [ # a list ]
  "a", "]",
  "b = c",
]
overdue = { to = ["x"], after_school_days = 1 }

[[rule]] # the first
rows = [
  "S1-01", # [[rule]]
]
"id" = 'one # two'
[rule.when]
metric = "x"
  [[rule.then]]
  to = ["a"]
  [[rule.then]]
  kind = "task"

[[ "rule" ]]
id = \'\'\'z
[[ladder]]
\'\'\'
when . unit = "session"

[[ladder]]
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("policy", 2),
        ("policy.id", 3),
        ("policy.says", 4),
        ("policy.mutable_by", 8),
        ("policy.overdue.to", 12),
        ("rule[1]", 14),
        ("rule[1].rows", 15),
        ("rule[1].rows[1]", 15),
        ("rule[1].id", 18),
        ("rule[1].when.metric", 20),
        ("rule[1].then[1].to", 22),
        ("rule[1].then[2]", 23),
        ("rule[1].then[2].kind", 24),
        ("rule[1].then[2].says", 23),
        ("rule[2]", 26),
        ("rule[2].when.unit", 30),
        ("rule[2].then[1]", 26),
        ("ladder[1].fires", 32),
        ("covered[1]", 1),
        ("", 1),
    ],
)
def test_every_key_has_its_line_and_a_missing_one_that_of_its_table(path, line):
    assert Places(FILE).line(path) == line


def test_windows_line_ends_and_a_byte_order_mark_move_no_line():
    assert Places("\ufeff" + FILE.replace("\n", "\r\n")).line("rule[1].then[2].kind") == 24


def test_a_file_that_is_no_toml_has_what_lines_can_be_made_out():
    assert Places('[[rule]]\nid = "one\n]]]\n[[rule]]\nrows = [').line("rule[2].rows") == 5


def test_comments_that_follow_each_other_are_one_and_items_of_a_list_are_their_own():
    text = (
        "# One sentence (A1) that\n# goes on.\n\n# Another.\n#\n# A list:\n#   a day   counts\n#           whole\n"
        '#   a run   ends\nid = "no # comment"   # beside a key\n# below it\n'
    )

    assert remarks(text) == [
        "One sentence (A1) that goes on.",
        "Another.",
        "A list:",
        "a day: counts whole",
        "a run: ends",
        "beside a key",
        "below it",
    ]
