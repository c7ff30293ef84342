"""The README and the guides, done as they say: every command, every link, every name, and a connector from the page.

A page is a promise to somebody who has never seen the program; here it is kept or found out. How a page is read, and
what is not carried out as it stands (containers, the suite itself), is told in ``tests/imaginary/reader.py``.
"""

import io
import json
import re

import pytest
from rich.console import Console

from app import pipeline, reading, wiring
from app.cli import cli
from app.demo.summary import Summary, show
from config.settings import read_settings
from connectors.drops.places import MailboxSettings, SftpSettings
from connectors.registry import PLATFORMS
from mapping.model import Half
from outbox.channels.registry import CHANNELS
from tests.imaginary import warm
from tests.imaginary.pages import PAGES, ROOT, Command, blocks, leads_somewhere, links, steps
from tests.imaginary.platform import LINE, simulate_evergreen
from tests.imaginary.reader import WITHOUT_TESTS, Reader, copied, docker_problems, first_missing
from tests.imaginary.school import ImaginarySchool, last_day_over
from tests.test_architecture import violations

README = ROOT / "README.md"
GUIDES = ROOT / "docs" / "guides"
READ_ALOUD = [README, *sorted(GUIDES.rglob("*.md"))]
#: Code on the pages, by the file it is meant for.
CODE = {block.about: block.text for page in READ_ALOUD for block in blocks(page) if block.about}
EVERYTHING = "\n".join(page.read_text("utf-8") for page in READ_ALOUD)


def name(page):
    return str(page.relative_to(ROOT))


def connect_a_school(reader):
    for line in (
        "attendance-relay init operator",
        "mkdir -m 700 secrets",
        "printf '%s' 'what-arbor-gave-you' > secrets/arbor_password",
        "export ATTENDANCE_RELAY_SECRETS_DIR=secrets",
    ):
        reader.do(line)
    reader.school.fill_in()
    for line in ("attendance-relay pull", "attendance-relay decide"):
        reader.do(line)


def correct_with_the_mail_away(reader):
    reader.school.correct_three_days()
    reader.school.stop_the_mail()


HANDS = {
    "fill in the operator's folder": lambda reader: reader.school.fill_in(),
    "a school is connected": connect_a_school,
    "the school has more than the files know": lambda reader: reader.school.have_more_than_the_files_know(),
    "the school says what the code means": lambda reader: reader.school.learn_of_the_code(),
    "the school changes the password": lambda reader: reader.school.lose_the_password(),
    "the password is right again": lambda reader: reader.school.remember_the_password(),
    "an authority's code is mistyped": lambda reader: reader.school.mistype_an_authority(),
    "the code is corrected": lambda reader: reader.school.correct_the_authority(),
    "three days are corrected, and the mail server is away": correct_with_the_mail_away,
    "past registers are at hand": lambda reader: reader.school.keep_past_registers(),
    "the mail server is back": lambda reader: reader.school.start_the_mail(),
}


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The command line, loaded once for all pages."""
    with warm.installed(tmp_path_factory.mktemp("reader") / "bin") as program:
        yield program


# Every command ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", READ_ALOUD, ids=name)
def test_a_page_can_be_followed_from_top_to_bottom(page, tmp_path, program):
    folder = copied(tmp_path, without=WITHOUT_TESTS)
    with ImaginarySchool(folder) as school:
        assert Reader(folder, school, HANDS, program=program).read(page) == []


def test_every_page_of_the_guides_that_has_commands_is_followed():
    followed = {page for page in PAGES if any(isinstance(step, Command) for step in steps(page))}

    assert followed <= set(READ_ALOUD)
    assert README in followed


# Every name ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [each.name or each.callback.__name__ for each in cli.registered_commands])
def test_a_command_is_in_the_readme_or_in_the_admins_guide(command):
    told = README.read_text("utf-8") + (GUIDES / "operating.md").read_text("utf-8")

    assert f"attendance-relay {command}" in told


def test_the_readme_lists_every_command_by_what_it_is_for():
    [listed] = re.findall(r"^\| for \| commands \|\n.*\n((?:\|.*\n)+)", README.read_text("utf-8"), re.MULTILINE)
    commands = {each.name or each.callback.__name__ for each in cli.registered_commands}
    groups = {each.name for each in cli.registered_groups}

    assert sorted(re.findall(r"`(\w+)`", listed)) == sorted(commands | groups)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_platform_is_in_its_guide_with_every_setting(platform):
    pages = [page.read_text("utf-8") for page in (GUIDES / "platforms").glob("*.md")]
    parts = (*pages, *(GUIDES / "platforms.md").read_text("utf-8").split("\n## "))
    section = next(part for part in parts if f'platform = "{platform}"' in part)

    assert [key for key in _keys(PLATFORMS[platform].settings) if f"`{key}`" not in section] == []


@pytest.mark.parametrize("settings", [SftpSettings, MailboxSettings])
def test_a_place_where_files_are_left_is_in_its_guide_with_every_setting(settings):
    guide = (GUIDES / "platforms" / "files.md").read_text("utf-8")

    assert [key for key in _keys(settings) if f"`{key}`" not in guide] == []


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_channel_is_in_the_configuration_with_every_setting(channel):
    guide = (GUIDES / "configuration.md").read_text("utf-8")
    [row] = re.findall(rf"^\| `{channel}` \|.*$", guide, re.MULTILINE)

    assert [key for key in _keys(CHANNELS[channel].settings) if f"`{key}`" not in row] == []


@pytest.mark.parametrize("kind", ["policies", "authorities", "profiles", "layouts"])
def test_what_ships_is_spoken_of(kind):
    names = {path.stem for path in (ROOT / "config" / kind).glob("*.toml")}

    assert [each for each in names if each not in EVERYTHING.lower()] == []


def test_every_decision_is_in_the_index():
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text("utf-8")

    assert [
        path.name for path in folder.glob("*.md") if path.name != "README.md" and f"({path.name})" not in index
    ] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_within_the_project_leads_somewhere(page):
    assert [target for target in links(page) if not leads_somewhere(page, target)] == []


def test_the_folders_are_those_of_the_tree():
    tree = next(block.text for block in blocks(README) if block.text.startswith("app/"))
    named = {line.split("/")[0] for line in tree.splitlines()}

    assert named == {path.parent.name for path in ROOT.glob("*/__init__.py")} | {"docs"}


def _keys(settings):
    """Return a settings type's keys as relay.toml has them: a secret is there by its name alone."""
    secret = re.compile("password|passphrase|token|api_key|private_key|.*signing_key")
    return [f"{key}_secret" if secret.fullmatch(key) else key for key in settings.__struct_fields__]


# The demonstration -----------------------------------------------------------------------------------------------------


def test_the_summary_in_the_readme_is_one_that_the_demo_prints():
    [shown] = [block.text for block in blocks(README) if "marks pulled" in block.text]
    numbers = dict.fromkeys(Summary.__dataclass_fields__, 1)
    rules = {line.split()[0]: 1 for line in shown.splitlines() if re.fullmatch(r" +[a-z-]+ +\d+ *", line)}
    summary = Summary(
        **numbers
        | {
            "decisions": rules,
            "problems_at_receivers": [],
            "folder": "/tmp/attendance-relay-demo-1",
            "absence": _rates(shown),
        }
    )
    printed = Console(file=io.StringIO(), width=120)

    show(summary, printed)

    assert first_missing(tuple(filter(str.strip, shown.splitlines())), printed.file.getvalue()) is None
    assert rules.keys() <= set(re.findall(r'^id +=  *"(.+)"', _policy(), re.MULTILINE))


def _policy():
    return (ROOT / "config" / "policies" / "swift-learning.toml").read_text("utf-8")


def _rates(shown):
    return dict(re.findall(r"^ +(\w+): (.+)$", shown, re.MULTILINE))


# A connector, from the page ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", ["connectors/evergreen.py", "connectors/registry.py", "tests/connectors/rigs.py"])
def test_the_connector_on_the_page_is_the_one_that_the_contract_suite_tests(file):
    tested = (ROOT / "tests" / "imaginary" / "platform.py").read_text("utf-8")
    begins = CODE[file].find("\n\n\nclass Settings")

    assert CODE[file][max(begins, 0) :] in tested


def test_the_connector_on_the_page_keeps_to_the_arrows():
    path = "connectors/evergreen.py"

    assert violations(path, CODE[path]) == []


def test_the_connector_on_the_page_pulls_registers_into_the_store(monkeypatch, tmp_path):
    folder = copied(tmp_path, without=WITHOUT_TESTS)
    for name, platform in LINE.items():
        monkeypatch.setitem(PLATFORMS, name, platform)
        monkeypatch.setitem(reading.REGISTRIES.platforms, name, platform.codes)
    with (
        ImaginarySchool(folder) as school,
        simulate_evergreen(school.world, "S", username="relay", password="what-arbor-gave-you") as server,
    ):
        reader = Reader(folder, school, HANDS)
        reader.do("attendance-relay init operator")
        school.fill_in()
        school.change_platform("evergreen", f"{server.address}/marks", CODE["config/codes/evergreen.csv"])
        (folder / "arbor_password").write_text("what-arbor-gave-you", "utf-8")
        settings = read_settings(config=folder / "operator", database=folder / "relay.db", secrets_dir=folder)

        with wiring.open_relay(reading.read(settings), settings) as relay:
            [pulled] = pipeline.pull(relay, relay.sites.values())
            recorded = relay.store.registers.known("coventry-site", last_day_over())

    assert (pulled.problem, pulled.quarantined, pulled.new) == (None, 0, pulled.read)
    assert recorded == {Half.AM: 12, Half.PM: 12}


# What a receiver does ---------------------------------------------------------------------------------------------------


@pytest.fixture
def sent(tmp_path):
    """The example feeds under the names they are sent by, and the importer's lines from the page."""
    examples = ROOT / "docs" / "formats" / "examples"
    for name in ("minimal", "correction"):
        manifest = examples / f"attendance-daily.{name}.manifest.json"
        feed = tmp_path / json.loads(manifest.read_bytes())["feed"]
        feed.write_bytes((examples / f"attendance-daily.{name}.csv").read_bytes())
    for manifest in examples.glob("attendance-daily.*.manifest.json"):
        (tmp_path / manifest.name).write_bytes(manifest.read_bytes())
    lines = {}
    exec(CODE["take_in.py"], lines)
    return lambda held, name: lines["take_in"](held, tmp_path / f"attendance-daily.{name}.manifest.json")


def test_the_lines_for_an_importer_keep_the_highest_revision_whatever_comes_twice(sent):
    held = {}

    for each in ("minimal", "correction", "nil", "minimal", "correction"):
        held = sent(held, each)

    known = sorted((row["revision"], row["record_state"]) for row in held.values())
    assert known == [("1", "current"), ("2", "current"), ("2", "current"), ("2", "withdrawn")]


def test_the_lines_for_an_importer_refuse_a_file_that_was_changed(sent, tmp_path):
    [feed] = tmp_path.glob("*000041_r1.csv")
    feed.write_bytes(feed.read_bytes().replace(b"present", b"absent"))

    with pytest.raises(ValueError, match="not the one the manifest speaks of"):
        sent({}, "minimal")


# The reader notices ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "text", "missing"),
    [
        (("3 delivered",), "5 delivered\n", None),
        (("3 delivered",), "nothing due\n", "3 delivered"),
        (("a", "b"), "b\na\n", "b"),
        (("a", "...", "c"), "a\nb\nc\n", None),
        (("site: Rejected: ... (401)",), "site: Rejected: 127.0.0.1 refuses (401)\n", None),
        (("site: Rejected: ... (401)",), "site: Malformed: 127.0.0.1 refuses (401)\n", "site: Rejected: ... (401)"),
        (("pulled Mon 2 Nov 09:30",), "pulled Sat 21 Dec 22:45\n", None),
    ],
)
def test_what_is_shown_must_come_in_order_numbers_aside(shown, text, missing):
    assert first_missing(shown, text) == missing


@pytest.mark.parametrize(
    ("line", "is_wrong"),
    [
        ("docker compose exec relay attendance-relay status", False),
        ("docker compose run --rm relay check", False),
        ("docker compose up --detach", False),
        ("docker compose run --rm relay frobnicate", True),
        ("docker compose exec relay attendance-relay status --loud", True),
        ("docker compose stop relais", True),
        ("docker system prune", True),
    ],
)
def test_a_line_for_the_container_engine_names_what_is_there(line, is_wrong):
    assert bool(docker_problems(line)) is is_wrong


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        ("$ true\n# exit 1\n", "exit 0 instead of 1"),
        ("$ false\n", "exit 1 instead of 0"),
        ("$ echo yes\nno\n", "does not show"),
        ("$ export WORD=kept\n$ echo $WORD\nlost\n", "kept"),
        ("$ mkdir inside && cd inside\n$ pwd\noutside\n", "inside"),
    ],
)
def test_a_page_that_is_wrong_is_found_out(page, problem, tmp_path):
    (tmp_path / "page.md").write_text(f"# A page\n\n```console\n{page}```\n", "utf-8")

    [said] = Reader(tmp_path, None, HANDS).read(tmp_path / "page.md")

    assert problem in said
