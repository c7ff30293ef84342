"""The command line, loaded once: each ``attendance-relay`` that a page's reader types runs in a fork of it.

Starting Python and importing everything takes most of the time of most commands, and the pages have a hundred. Run as
``python warm.py SOCKET`` this is the process that forks; ``installed`` starts it and writes the program that the reader's
PATH finds, which hands over its arguments, folder, environment and files, and ends as the fork does.
"""

import array
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
_PROGRAM = """#!{python} -IS
import array, json, os, socket, sys
said = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
with socket.socket(socket.AF_UNIX) as line:
    line.connect({address!r})
    files = array.array("i", [0, 1, 2])
    line.sendmsg([len(said).to_bytes(4)], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)])
    line.sendall(said)
    # Nothing comes where the fork was killed.
    sys.exit(int(line.recv(4) or b"137"))
"""


@contextmanager
def installed(folder: Path):
    """Write ``attendance-relay`` into a folder; it works as long as the context lasts."""
    folder.mkdir()
    program = folder / "attendance-relay"
    # The name of a socket may be no longer than a hundred characters, as a test's own folder is not.
    with TemporaryDirectory() as short:
        address = f"{short}/line"
        program.write_text(_PROGRAM.format(python=sys.executable, address=address), "utf-8")
        program.chmod(0o755)
        here = {**os.environ, "PYTHONPATH": str(ROOT)}
        # -P: a module beside this one must not be taken for the standard library's of the same name.
        words = [sys.executable, "-P", __file__, address]
        with subprocess.Popen(words, stdout=subprocess.PIPE, env=here) as process:
            try:
                process.stdout.readline()
                yield program
            finally:
                process.terminate()


def _serve(address: str) -> None:
    from app.cli import main

    # Nobody waits for the forks: their end is told by the line.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            line, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                _answer(line, main)
            line.close()


def _answer(line: socket.socket, main) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    size, rights, _, _ = line.recvmsg(4, socket.CMSG_SPACE(3 * array.array("i").itemsize))
    files = array.array("i")
    files.frombytes(rights[0][2])
    said, missing = b"", int.from_bytes(size)
    while missing > len(said):
        said += line.recv(missing - len(said))
    arguments, folder, environment = json.loads(said)
    for target, file in enumerate(files):
        os.dup2(file, target)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["attendance-relay", *arguments]
    code = _exit_code(main)
    sys.stdout.flush()
    sys.stderr.flush()
    line.sendall(str(code).encode())
    os._exit(code)


def _exit_code(main) -> int:
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - as Python itself ends
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


if __name__ == "__main__":
    _serve(sys.argv[1])
