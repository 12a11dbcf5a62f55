"""Child processes of a test: started with their output in files, marked, ended, accounted for."""
import os
import pathlib
import signal
import socket
import subprocess
import threading

from harness.logs import tail
from harness.waiting import wait_until

CRASHES = {-number for number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE)}
MARK = "TRADING_TEST_SITE"  # in the environment of all that a test starts, and of their children


class NotifySocket:
    """An sd_notify socket of the test's own. It is always read: a full one makes senders wait."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.messages = []
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        while True:
            message = self.socket.recv(4096)
            if not message:
                return
            self.messages += message.decode().splitlines()

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.sendto(b"", str(self.path))
        self.thread.join()
        self.socket.close()
        self.path.unlink()


class Process:
    """One program. Its stderr and stdout go to one file; `log` is its path."""

    def __init__(self, name, argv, log, environment, notify=None):
        self.name, self.log, self.notify = name, log, notify
        with open(log, "ab") as out:
            self.popen = subprocess.Popen(
                [str(word) for word in argv],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=environment,
                start_new_session=True,
            )

    @property
    def pid(self):
        return self.popen.pid

    def running(self):
        return self.popen.poll() is None

    def text(self):
        return self.log.read_text(errors="replace")

    def wait_ready(self, timeout=30):
        """Until READY=1 has come; fails at once, with the log's end, when the program leaves."""

        def ready():
            gone = not self.running()
            if "READY=1" in self.notify.messages:
                return True
            if gone:
                raise AssertionError(
                    f"{self.name} left with {self.popen.returncode} before READY:\n{tail(self.log)}"
                )
            return False

        wait_until(ready, timeout, f"READY of {self.name}:\n{tail(self.log)}")
        return self

    def wait_exit(self, timeout=20):
        try:
            return self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} still runs after {timeout} s:\n{tail(self.log)}")

    def signal(self, number):
        self.popen.send_signal(number)

    def kill(self):
        """SIGKILL, and reaped."""
        self.popen.kill()
        return self.popen.wait()

    def stop(self, timeout=8):
        """SIGTERM; returns the exit status. Less patience than the supervisor has with a child."""
        if self.running():
            self.popen.terminate()
        return self.wait_exit(timeout)


def marked(mark):
    """The pids of all living processes that carry this test's mark, without this one."""
    needle = f"{MARK}={mark}".encode()
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            if state != "Z" and needle in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def command_line(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return "(gone)"


def end_marked(mark, grace=3):
    """Ends what still runs; returns its command lines. Orphans get `grace` seconds to leave."""
    try:
        wait_until(lambda: not marked(mark), grace)
    except AssertionError:
        pass
    left = {pid: command_line(pid) for pid in marked(mark)}
    for pid in left:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return left
