"""The image and its service, as far as they can be checked without an engine to build and run them."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
COMPOSE = (ROOT / "compose.yaml").read_text("utf-8")
IGNORED = (ROOT / ".dockerignore").read_text("utf-8").splitlines()


def instructions():
    """Return (instruction, rest) in order, continued lines joined and comments left out."""
    lines = "\n".join(line for line in DOCKERFILE.splitlines() if not line.startswith("#"))
    return [tuple(line.split(maxsplit=1)) for line in lines.replace("\\\n", " ").splitlines() if line.strip()]


def given(name):
    return [rest for instruction, rest in instructions() if instruction == name]


def block(key, text=COMPOSE):
    """Return the lines of one key of compose.yaml, itself included, with its indentation taken away."""
    found = re.search(rf"^( *){key}:.*\n(?:(?:\1 +.*|\s*)\n)*", text, re.MULTILINE)
    assert found, f"compose.yaml has no {key}"
    return found[0]


def items(key):
    return re.findall(r"^ +- (.+)$", block(key), re.MULTILINE)


COPIED = [source for rest in given("COPY") if "--from" not in rest for source in rest.split()[:-1]]


def test_hadolint_finds_nothing():
    result = subprocess.run(
        [Path(sys.executable).parent / "hadolint", "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize("source", COPIED)
def test_what_is_copied_is_there_and_let_into_the_image(source):
    assert (ROOT / source).exists()
    assert f"!{source}" in IGNORED


def test_nothing_else_is_let_into_the_image():
    assert IGNORED[1] == "*"
    assert sorted(line[1:] for line in IGNORED if line.startswith("!")) == sorted(COPIED)


def test_every_package_that_is_installed_is_copied():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}

    assert packages <= set(COPIED)


def test_the_base_is_pinned_to_a_patch_release_of_the_python_the_project_asks_for():
    stages = given("FROM")
    image = next(rest for rest in given("ARG") if rest.startswith("PYTHON="))

    assert [stage.split()[0] for stage in stages] == ["${PYTHON}", "${PYTHON}"]
    assert re.fullmatch(r"PYTHON=docker\.io/library/python:3\.11\.\d+-slim-bookworm(@sha256:[0-9a-f]{64})?", image)
    assert PROJECT["requires-python"] == ">=3.11"


def test_everything_from_outside_is_installed_by_its_hash_and_the_project_alone_without():
    installs = [
        part.strip() for rest in given("RUN") for part in rest.split("&&") if "pip" in part and "install" in part
    ]

    assert len(installs) == 3
    assert all("--require-hashes" in part or "--no-deps --no-index /wheels/" in part for part in installs)
    assert re.search(
        r"^setuptools==.*(\n +--hash=sha256:.*)+", (ROOT / "requirements-dev.lock").read_text("utf-8"), re.MULTILINE
    )


def test_the_relay_runs_as_a_fixed_user_who_is_not_root():
    uid, gid = given("USER")[-1].split(":")

    assert (uid, gid) == ("10001", "10001")
    assert f"useradd --uid {uid} --gid {gid}" in given("RUN")[-1]
    assert instructions().index(("USER", "10001:10001")) < instructions().index(("ENTRYPOINT", '["attendance-relay"]'))


def test_the_command_is_the_console_script_and_process_1():
    assert given("ENTRYPOINT") == ['["attendance-relay"]']
    assert given("CMD") == ['["run"]']
    assert given("STOPSIGNAL") == ["SIGTERM"]
    assert "attendance-relay" in PROJECT["scripts"]


def test_health_is_asked_of_the_same_command():
    (check,) = given("HEALTHCHECK")

    assert check.endswith('CMD ["attendance-relay", "healthcheck"]')


def test_the_image_carries_no_secret_and_no_time_zone():
    assert not re.search(r"\b(TZ|PASSWORD|TOKEN|SECRET\w*)=", " ".join(given("ENV") + given("ARG")))
    assert "ATTENDANCE_RELAY_DATABASE=/data/" in given("ENV")[-1]
    assert given("VOLUME") == ['["/data"]']


def test_the_image_is_labelled_with_the_version_of_the_project():
    assert f"VERSION={PROJECT['version']}" in given("ARG")
    assert f"image: attendance-relay:{PROJECT['version']}\n" in COMPOSE


# The service ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["read_only: true", "restart: unless-stopped", "stop_grace_period: 60s", "build: ."])
def test_the_service_is_hardened_and_comes_back(line):
    assert re.search(rf"^    {line}$", COMPOSE, re.MULTILINE)


def test_the_service_has_no_privilege_to_lose():
    assert items("cap_drop") == ["ALL"]
    assert items("security_opt") == ["no-new-privileges:true"]
    assert items("tmpfs") == ["/tmp:size=64m,mode=1777,noexec,nosuid,nodev"]
    assert not re.search(r"privileged:|cap_add|network_mode|ports:|docker\.sock|environment:", COMPOSE)


def test_the_operators_folder_is_mounted_read_only_and_the_database_on_its_own_volume():
    volumes = block("volumes")

    assert re.search(r"target: /config\n +read_only: true\n", volumes)
    assert re.search(r"type: volume\n +source: data\n +target: /data\n", volumes)
    assert re.search(r"^volumes:\n(?:  #.*\n)*  data:$", COMPOSE, re.MULTILINE)


def test_each_secret_is_a_file_outside_the_operators_folder():
    files = dict(re.findall(r"^  (\w+):\n    file: (\S+)$", COMPOSE, re.MULTILINE))

    assert files == {name: f"./secrets/{name}" for name in items("secrets")}
    assert files


def test_compose_is_indented_with_spaces_by_twos_and_every_line_is_a_key_an_item_or_a_comment():
    lines = [line for line in COMPOSE.splitlines() if line.strip()]

    assert [line for line in lines if (len(line) - len(line.lstrip(" "))) % 2] == []
    assert [line for line in lines if not re.fullmatch(r" *(#.*|- .+|[\w-]+:( \S.*)?)", line)] == []
