"""A reader who does what a page says, in a copy of the project, and compares what happens with what is shown.

Numbers are the reader's own: in a comparison every number, weekday and month is as good as another. ``...`` stands
for anything in a line, and alone on a line for any lines. Three kinds of command are not carried out as they stand:

- ``docker ...``: a test has no container engine. That compose.yaml, the service and the command inside exist is asserted.
- ``make`` anything but ``demo``: ``make -n``, for the suite would run itself. ``make demo`` plays a week.
- ``attendance-relay run`` never ends: it gets SIGTERM after its first heartbeat.
"""

import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from typer.testing import CliRunner

from app.cli import cli
from tests.imaginary.pages import ROOT, ByHand, Command, steps
from tests.imaginary.school import ImaginarySchool

#: What a reader of the pages does not need.
WITHOUT_TESTS = ("tests", "benchmarks")
_NOT_OURS = (".*", "__pycache__", "*.egg-info", "build", "demo-output")
_SERVICES = re.findall(
    r"^  (\w+):$", (ROOT / "compose.yaml").read_text("utf-8").partition("\nvolumes:")[0], re.MULTILINE
)
_A_WEEK = 'make demo ARGS="--weeks 1 --json"'


class Reader:
    """Reads one page; ``problems`` says, a line each, where the page was wrong."""

    def __init__(self, folder: Path, school: ImaginarySchool, hands, *, program: Path | None = None) -> None:
        """``program`` is the ``attendance-relay`` that the reader's PATH finds; without one, the installed."""
        self.folder = folder
        self.school = school
        self.problems: list[str] = []
        self._hands = hands
        self._where = folder
        self._environment = {
            "PATH": ":".join(
                map(str, [*([program.parent] if program else []), Path(sys.executable).parent, "/usr/bin", "/bin"])
            ),
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "LANG": "C.UTF-8",
        }

    def read(self, page: Path) -> list[str]:
        """Do everything on the page, and return where it was wrong."""
        for step in steps(page):
            match step:
                case ByHand(what):
                    self._hands[what](self)
                case Command():
                    self._try(step)
        return self.problems

    def do(self, line: str) -> None:
        """Do something that no page says, and that must work."""
        self._try(Command(line, (), 0))

    def _try(self, command: Command) -> None:
        if command.line.startswith("docker "):
            self.problems += docker_problems(command.line)
            return
        status, text = self._carried_out(command.line)
        if status != command.exit:
            self.problems.append(f"$ {command.line}: exit {status} instead of {command.exit}\n{text}")
        elif missing := first_missing(command.shown, text):
            self.problems.append(f"$ {command.line}: does not show\n{missing}\nbut\n{text}")

    def _carried_out(self, line: str) -> tuple[int, str]:
        if line.split()[:2] == ["attendance-relay", "run"]:
            return self._run_until_it_beats(line)
        if line.split(maxsplit=1)[0] == "make":
            plain = _A_WEEK if line.split()[1] == "demo" else f"{line} -n"
            # Whether .venv is as new as the locks is no question here, and would be answered over the network.
            line = plain.replace("make", "make -o .venv/ready -o .venv/bench", 1)
        return self._in_a_shell(line)

    def _in_a_shell(self, line: str) -> tuple[int, str]:
        """Run one line in bash; what it exports and where it goes holds for the next one."""
        after = self.folder / ".after"
        script = f"{line}\nstatus=$?\nenv -0 > {after}\nexit $status"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self._where,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        self._environment = dict(each.split("=", 1) for each in after.read_text("utf-8").split("\0") if each)
        self._where = Path(self._environment["PWD"])
        return done.returncode, done.stdout

    def _run_until_it_beats(self, line: str) -> tuple[int, str]:
        begun = time.time()
        running = subprocess.Popen(
            # Of a process of its own: the signal is for it.
            [Path(sys.executable).parent / "attendance-relay", *shlex.split(line)[1:]],
            cwd=self._where,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        heartbeat = self._where / "data" / "heartbeat"
        while running.poll() is None and not (heartbeat.exists() and heartbeat.stat().st_mtime >= begun):
            time.sleep(0.05)
            if time.time() > begun + 60:
                break
        running.send_signal(signal.SIGTERM)
        text, _ = running.communicate(timeout=60)
        return running.returncode, text


def copied(folder: Path, *, without: tuple[str, ...] = ()) -> Path:
    """Copy the project, as a reader has it, with the virtual environment it was set up with."""
    copy = folder / "attendance-relay"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*_NOT_OURS, *without))
    (copy / ".venv").symlink_to(Path(sys.executable).parents[1])
    return copy


def docker_problems(line: str) -> list[str]:
    """Return what a docker command speaks of and is not there."""
    words = shlex.split(line)
    wrong = [] if words[1] == "compose" else [f"$ {line}: only docker compose is spoken of"]
    named = [word for word in words if word in _SERVICES]
    if words[2] in {"exec", "run", "stop", "start", "logs"} and not named:
        wrong.append(f"$ {line}: compose.yaml has no such service; it has {', '.join(_SERVICES)}")
    if words[2] in {"exec", "run"} and "--entrypoint" not in words:
        inside = words[words.index(named[0]) + 1 :] if named else []
        wrong += _command_problems(line, inside[1:] if inside[:1] == ["attendance-relay"] else inside)
    return wrong


def _command_problems(line: str, words: list[str]) -> list[str]:
    known = CliRunner().invoke(cli, [*words[:1], "--help"], env={"COLUMNS": "200"})
    unknown = [word for word in words if word.startswith("--") and word not in known.output]
    return [f"$ {line}: attendance-relay does not know {unknown or words[0]}"] if known.exit_code or unknown else []


def first_missing(shown: tuple[str, ...], text: str) -> str | None:
    """Return the first shown line that does not come, in order, in the text."""
    lines = iter([plain(line) for line in text.splitlines()])
    for line in shown:
        if line != "..." and not any(_pattern(line).fullmatch(each) for each in lines):
            return line
    return None


def plain(line: str) -> str:
    """Return a line with every number, weekday and month put as good as another."""
    line = re.sub(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b", "Day", line.rstrip())
    line = re.sub(r"\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b", "Month", line)
    return re.sub(r"\s+", " ", re.sub(r"\d+(?:[.,:]\d+)*", "0", line))


def _pattern(line: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, plain(line).split("..."))))
