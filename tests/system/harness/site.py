"""A place where the system runs during one test: folders, settings, processes."""
import configparser
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request

from harness import places
from harness.processes import MARK, NotifySocket, Process, end_marked
from harness.waiting import wait_until

DATABASES = {
    "ticks": "tickd/unified_tick_pipeline.db",
    "analysis": "analysisd/analysis_data.db",
    "logs": "logd/system_logs.db",
}


def free_port():
    """A TCP port of the loopback that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Site:
    def __init__(self, name):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tr.", dir="/tmp"))  # short: sockets
        self.name, self.mark = name, self.folder.name
        self.state, self.runtime = self.folder / "s", self.folder / "r"
        self.logs = self.folder / "log"
        self.logs.mkdir()
        self.file = self.folder / "trading.conf"
        self.port = free_port()
        self.processes, self.at_end = [], []
        self.settings = {
            "paths": {"state_dir": self.state, "runtime_dir": self.runtime},
            "binance": {"symbols": "BTCUSDT", "history": "0"},
            "api": {"listen": f"127.0.0.1:{self.port}"},
            "supervisor": {"restart_min": "50ms", "restart_max": "500ms", "stable_after": "2s"},
            "log": {"level": "debug"},
        }

    # ---- settings ----

    def set(self, section, **values):
        self.settings.setdefault(section, {}).update(values)
        return self

    def write_settings(self):
        parser = configparser.ConfigParser(interpolation=None)
        parser.optionxform = str
        for section, values in self.settings.items():
            parser[section] = {name: str(value) for name, value in values.items()}
        with open(self.file, "w") as out:
            parser.write(out)

    # ---- processes ----

    def environment(self, **more):
        env = {key: value for key, value in os.environ.items() if key != "NOTIFY_SOCKET"}
        # Leaks are looked for in unit tests; here a killed daemon has no time to say goodbye.
        env["ASAN_OPTIONS"] = "detect_leaks=0:abort_on_error=0:exitcode=99"
        env["UBSAN_OPTIONS"] = "print_stacktrace=1"
        env["TSAN_OPTIONS"] = "halt_on_error=0:exitcode=66"
        env["TZ"] = "UTC"
        env[MARK] = self.mark
        env.update({key: str(value) for key, value in more.items()})
        return env

    def spawn(self, name, argv, notify=False, **environment):
        """Any program, with its output in a file of the site."""
        number = len(self.processes)
        listener = NotifySocket(self.folder / f"n{number}") if notify else None
        if notify:
            environment["NOTIFY_SOCKET"] = listener.path
        process = Process(
            name, argv, self.logs / f"{number:02}-{name}.log", self.environment(**environment),
            listener,
        )
        self.processes.append(process)
        return process

    def start(self, name, *options, ready=True, wrapper=(), **environment):
        """One of our daemons (or trading-supervisor, with the whole stack) on the settings."""
        self.write_settings()
        argv = [*wrapper, places.program(name), "-c", self.file, *options]
        process = self.spawn(name, argv, notify=True, **environment)
        return process.wait_ready() if ready else process

    def start_stack(self, *options):
        return self.start("trading-supervisor", *options)

    def run(self, name, *arguments, timeout=60, settings=True, **environment):
        """A program to its end; returns subprocess.CompletedProcess with text."""
        if settings:
            self.write_settings()
            arguments = ("-c", self.file, *arguments)
        return subprocess.run(
            [str(places.program(name)), *map(str, arguments)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout,
            env=self.environment(**environment), check=False,
        )

    def tradingctl(self, *arguments, timeout=60):
        return self.run("tradingctl", *arguments, timeout=timeout)

    def tradingctl_json(self, *arguments, timeout=60, statuses=(0,)):
        done = self.tradingctl(*arguments, "--json", timeout=timeout)
        assert done.returncode in statuses, (done.returncode, done.stdout, done.stderr)
        return json.loads(done.stdout)

    # ---- what the daemons show ----

    def database(self, which):
        return self.state / DATABASES[which]

    def status(self, daemon):
        """RUNTIME/<daemon>/status.json, or {} while there is none."""
        try:
            return json.loads((self.runtime / daemon / "status.json").read_text())
        except FileNotFoundError:
            return {}

    def feed(self):
        """tickd's first feed in its status.json, or {}."""
        feeds = self.status("tickd").get("feeds") or [{}]
        return feeds[0]

    def shared_memory(self):
        try:
            return json.loads((self.runtime / "shared_memory.json").read_text())
        except FileNotFoundError:
            return {}

    def child_pid(self, daemon):
        """The daemon's pid by its own word, or None while it does not run."""
        pid = self.status(daemon).get("pid")
        try:
            return pid if pid and self.is_program(pid, daemon) else None
        except OSError:
            return None

    @staticmethod
    def is_program(pid, daemon):
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].endswith(
            daemon.encode()
        )

    @staticmethod
    def is_alive(pid):
        return pathlib.Path(f"/proc/{pid}").exists()

    def kill_child(self, daemon):
        """kill -9 of a supervisor's child; returns the pid, or None if none was there to kill."""
        pid = self.child_pid(daemon)
        if pid is not None:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                return None
        return pid

    def get(self, path, timeout=10):
        """(status, JSON) of a request to logd."""
        url = f"http://127.0.0.1:{self.port}{path}"
        try:
            with urllib.request.urlopen(url, timeout=timeout) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def wait_serving(self, timeout=30):
        def serving():
            try:
                return self.get("/health")[0] in (200, 503)
            except OSError:
                return False

        wait_until(serving, timeout, "logd answers")

    # ---- the end ----

    def close(self):
        """Ends everything; returns the command lines of what nobody had ended."""
        for process in reversed(self.processes):
            if process.running():
                process.popen.terminate()
                try:
                    process.popen.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
        for action in reversed(self.at_end):
            action()
        left = end_marked(self.mark)
        for process in self.processes:
            if process.notify:
                process.notify.close()
        return left

    def keep_logs(self):
        """Copies logs and settings to build/MODE/test-logs/<test>, for looking at a failure."""
        kept = places.build() / "test-logs" / self.name
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.logs, kept)
        if self.file.exists():
            shutil.copy(self.file, kept)
        return kept

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)
