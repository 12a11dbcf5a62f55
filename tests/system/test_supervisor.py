"""trading-supervisor with puppets for children: each of them does as it is told."""
import fcntl
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

import jsonschema
import pytest

from harness import places
from harness.site import free_port

NAMES = ("logd", "tickd", "analysisd")
PUPPET = pathlib.Path(__file__).with_name("puppet.py")
SCHEMA = json.loads((places.ROOT / "doc/shared_memory.schema.json").read_text())


class Theatre:
    """A site whose supervisor finds puppets beside itself."""

    def __init__(self, site):
        self.site = site
        self.bin = site.folder / "bin"
        self.bin.mkdir()
        shutil.copy(places.program("trading-supervisor"), self.bin)
        for name in NAMES:
            shutil.copy(PUPPET, self.bin / name)
            self.plan(name, "ready")
        site.set("supervisor", restart_min="1ms", restart_max="100ms", stable_after="60s",
                 ready_timeout="10s", watchdog="10s", stop_timeout="10s")
        self.supervisor = None

    def plan(self, name, *starts):
        (self.site.folder / f"{name}.plan").write_text("\n".join(starts) + "\n")

    def start(self, *options, ready=True, wrapper=()):
        self.site.write_settings()
        argv = [*wrapper, self.bin / "trading-supervisor", "-c", self.site.file, *options]
        self.supervisor = self.site.spawn("trading-supervisor", argv, notify=True,
                                          PUPPET_DIR=self.site.folder)
        return self.supervisor.wait_ready() if ready else self.supervisor

    def run(self, *options):
        """A supervisor that is expected to leave by itself."""
        self.site.write_settings()
        return subprocess.run(
            [str(self.bin / "trading-supervisor"), "-c", str(self.site.file), *options],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False,
            env=self.site.environment(PUPPET_DIR=self.site.folder))

    def starts(self, name):
        file = self.site.folder / f"{name}.starts"
        lines = file.read_text().splitlines(keepends=True) if file.exists() else []
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def process(self, name):
        """The child as published."""
        return self.site.shared_memory().get("processes", {}).get(name, {})

    def in_state(self, name, *states):
        return lambda: self.process(name).get("state") in states

    def log(self):
        return self.supervisor.text()

    def events(self, name=None):
        """The events of the log in order, of one child or of all."""
        pattern = rf"supervisor \w+: {name + ': ' if name else ''}.*\[([a-z-]+)\]$"
        return re.findall(pattern, self.log(), re.M)

    def ask(self, text, raw=False):
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(10)
            control.connect(str(self.site.runtime / "control.sock"))
            control.sendall(text.encode() if raw else json.dumps(text).encode() + b"\n")
            answer = b""
            while not answer.endswith(b"\n"):
                part = control.recv(65536)
                if not part:
                    break
                answer += part
        return json.loads(answer)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.supervisor.pid}/fd"))


@pytest.fixture
def theatre(site):
    return Theatre(site)


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


# ---- start and stop ----

def test_it_is_ready_when_all_three_are_and_starts_analysisd_after_tickd(theatre, wait_until):
    theatre.start()
    events = re.findall(r"(\w+): (?:started|ready)[^\[]*\[child-(\w+)\]", theatre.log())
    assert events.index(("analysisd", "started")) > events.index(("tickd", "ready"))
    assert set(events[:2]) == {("logd", "started"), ("tickd", "started")}
    said = theatre.supervisor.notify.messages
    wait_until(lambda: said[-1] == "STATUS=logd running, tickd running, analysisd running")
    assert said.count("READY=1") == 1


def test_it_stops_in_reverse_order_and_exits_with_0(theatre):
    theatre.start()
    assert theatre.supervisor.stop() == 0
    stopped = re.findall(r"(\w+): ended \(exit 0\) \[child-stopped\]", theatre.log())
    assert stopped == ["analysisd", "tickd", "logd"]
    last = theatre.site.shared_memory()
    assert last["system_status"] == "stopped" and last["active_processes"] == []
    left = {path.name for path in theatre.site.runtime.iterdir()} - set(NAMES)
    assert left == {"shared_memory.json", "supervisor.lease"}


@pytest.mark.parametrize("enabled, listening", [("no", {"logd"}), ("yes", {"logd", "tickd"})])
def test_children_get_their_settings_descriptors_and_environment_and_nothing_else(
        theatre, wait_until, enabled, listening):
    theatre.site.set("mt5", enabled=enabled, listen="127.0.0.1:0")
    # What we ourselves are started with must not get through: descriptors, LISTEN_*, WATCHDOG_PID.
    read_end, write_end = os.pipe()
    os.set_inheritable(write_end, True)
    theatre.site.write_settings()
    options = ["-o", "log.level=debug", "-o", "storage.batch=77"]
    env = theatre.site.environment(PUPPET_DIR=theatre.site.folder, LISTEN_PID="1", LISTEN_FDS="3",
                                   LISTEN_FDNAMES="x", WATCHDOG_PID="1", TRADING_LISTEN_FD="9")
    process = subprocess.Popen(
        [str(theatre.bin / "trading-supervisor"), "-c", str(theatre.site.file), *options],
        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env, pass_fds=[write_end])
    try:
        wait_until(lambda: all(theatre.starts(name) for name in NAMES))
        for name in NAMES:
            given = theatre.starts(name)[0]
            assert given["argv"] == ["-c", str(theatre.site.file), *options]
            assert given["parent"] == process.pid
            assert given["session"] == given["pid"], "a session of its own"
            assert given["blocked"] == "0" * 16
            assert int(given["ignored"], 16) & 1 << signal.SIGTERM - 1 == 0
            env = given["env"]
            assert env["NOTIFY_SOCKET"] == str(theatre.site.runtime / "notify.sock")
            assert env["WATCHDOG_USEC"] == "10000000"
            assert env["TRADING_LIFELINE_FD"] == "3"
            assert not {"WATCHDOG_PID", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} & set(env)
            assert env.get("TRADING_LISTEN_FD") == ("4" if name in listening else None)
            ours = {int(fd): target for fd, target in given["fds"].items() if int(fd) <= 4}
            assert ours[0] == "/dev/null"
            assert ours[3].startswith("pipe:")
            assert os.readlink(f"/proc/self/fd/{write_end}") not in given["fds"].values()
            sockets = [t for t in given["fds"].values() if t.startswith("socket:")]
            assert len(sockets) == (1 if name in listening else 0)
            assert ours.get(4) == (sockets[0] if sockets else None), "each has its own"
    finally:
        process.terminate()
        assert process.wait(20) == 0
        os.close(read_end)
        os.close(write_end)


def test_a_child_that_ignores_sigterm_is_killed_after_stop_timeout(theatre):
    theatre.site.set("supervisor", stop_timeout="300ms")
    theatre.plan("tickd", "stubborn")
    theatre.start()
    assert theatre.supervisor.stop() == 0
    assert "tickd: ended (SIGKILL) [child-stopped]" in theatre.log()


def test_a_second_sigterm_kills_at_once(theatre, wait_until):
    theatre.site.set("supervisor", stop_timeout="60s")
    theatre.plan("analysisd", "stubborn")
    theatre.start()
    begun = time.monotonic()
    theatre.supervisor.signal(signal.SIGTERM)
    wait_until(theatre.in_state("analysisd", "stopping"))
    theatre.supervisor.signal(signal.SIGTERM)
    assert theatre.supervisor.wait_exit() == 75
    assert time.monotonic() - begun < 10
    assert not any(alive(theatre.starts(name)[0]["pid"]) for name in NAMES)


def test_ctrl_c_reaches_only_the_supervisor_which_stops_in_order(theatre):
    theatre.start()
    os.killpg(theatre.supervisor.pid, signal.SIGINT)  # as a terminal does
    assert theatre.supervisor.wait_exit() == 0
    stopped = re.findall(r"(\w+): ended \(exit 0\) \[child-stopped\]", theatre.log())
    assert stopped == ["analysisd", "tickd", "logd"]


def test_sighup_is_ignored_with_a_notice(theatre, wait_until):
    theatre.start()
    theatre.supervisor.signal(signal.SIGHUP)
    wait_until(lambda: "reload-ignored" in theatre.events())
    assert all(theatre.process(name)["state"] == "running" for name in NAMES)
    assert theatre.supervisor.stop() == 0


def test_a_stop_while_a_child_waits_for_its_restart_ends_cleanly(theatre, wait_until):
    theatre.site.set("supervisor", restart_min="60s", restart_max="60s", ready_timeout="200ms")
    theatre.plan("tickd", "exit 1")
    theatre.start()
    wait_until(theatre.in_state("tickd", "failing"))
    assert theatre.supervisor.stop() == 0


# ---- deaths ----

@pytest.mark.parametrize("ending, shown", [
    ("exit 0", "exit 0"), ("exit 3", "exit 3"), ("exit 75", "exit 75"), ("signal 9", "SIGKILL"),
    ("signal 11", "SIGSEGV"), ("signal 15", "SIGTERM"), ("ready-exit 1", "exit 1"),
])
@pytest.mark.parametrize("name", NAMES)
def test_a_child_that_dies_is_started_again(theatre, wait_until, name, ending, shown):
    theatre.plan(name, ending, "ready")
    theatre.start()
    wait_until(lambda: theatre.process(name).get("state") == "running" and len(theatre.starts(name)) == 2)
    process = theatre.process(name)
    assert process["restarts"] == 1 and process["last_exit"] == shown
    assert f"{name}: died ({shown})" in theatre.log()
    assert theatre.supervisor.stop() == 0


@pytest.mark.parametrize("name", NAMES)
def test_kill_9_of_a_child_is_repaired_and_leaves_the_others_alone(theatre, wait_until, name):
    theatre.start()
    others = {other: theatre.process(other)["pid"] for other in NAMES if other != name}
    dead = theatre.process(name)["pid"]
    os.kill(dead, signal.SIGKILL)
    wait_until(lambda: theatre.process(name)["state"] == "running" and theatre.process(name)["pid"] != dead)
    assert {other: theatre.process(other)["pid"] for other in others} == others
    assert theatre.supervisor.stop() == 0


@pytest.mark.parametrize("name", NAMES)
def test_refused_settings_are_not_tried_again(theatre, wait_until, name):
    theatre.plan(name, "exit 78")
    theatre.start()
    wait_until(theatre.in_state(name, "failed"))
    assert len(theatre.starts(name)) == 1
    assert "child-failed" in theatre.events(name)
    assert theatre.site.shared_memory()["system_status"] == "degraded"
    assert theatre.supervisor.stop() == 0


@pytest.mark.parametrize("spoil, shown", [
    (lambda path: path.unlink(), "spawn ENOENT"), (lambda path: path.chmod(0o644), "spawn EACCES"),
])
def test_a_missing_or_forbidden_program_fails_and_can_be_asked_for_again(theatre, wait_until, spoil, shown):
    spoil(theatre.bin / "tickd")
    theatre.start()
    assert theatre.process("tickd")["state"] == "failed"
    assert theatre.process("tickd")["last_exit"] == shown
    assert theatre.process("analysisd")["state"] == "running", "it does not wait for ever"
    (theatre.bin / "tickd").unlink(missing_ok=True)
    shutil.copy(PUPPET, theatre.bin / "tickd")
    assert theatre.ask({"command": "restart", "child": "tickd"})["ok"]
    wait_until(theatre.in_state("tickd", "running"))
    assert theatre.supervisor.stop() == 0


def test_a_program_that_cannot_be_run_just_now_is_tried_again(theatre, wait_until):
    theatre.site.set("supervisor", ready_timeout="300ms")
    with open(theatre.bin / "tickd", "r+b"):  # an upgrade is writing it: ETXTBSY
        theatre.start()
        wait_until(theatre.in_state("tickd", "waiting", "failing"))
        assert theatre.process("tickd")["last_exit"] == "spawn ETXTBSY"
    wait_until(theatre.in_state("tickd", "running"))
    assert theatre.supervisor.stop() == 0


def test_a_crash_loop_is_slowed_shown_as_failing_and_never_given_up(theatre, wait_until):
    theatre.site.set("supervisor", restart_min="10ms", restart_max="300ms", ready_timeout="1s")
    theatre.plan("tickd", *["exit 1"] * 10, "ready")
    theatre.start()
    wait_until(theatre.in_state("tickd", "failing"))
    assert theatre.process("tickd")["next_attempt"] > time.time() - 1
    wait_until(theatre.in_state("tickd", "running"))
    at = [start["at"] for start in theatre.starts("tickd")]
    gaps = [after - before for before, after in zip(at, at[1:])]
    assert gaps[0] < 0.2 and min(gaps[7:]) > 0.22, gaps
    assert theatre.events("tickd").count("child-failing") == 1
    assert theatre.supervisor.stop() == 0


def test_max_deaths_ends_a_crash_loop(theatre, wait_until):
    theatre.site.set("supervisor", max_deaths="4")
    theatre.plan("tickd", "exit 1")
    theatre.start()
    wait_until(theatre.in_state("tickd", "failed"))
    assert len(theatre.starts("tickd")) == 4
    assert "died 4 times in a row" in theatre.log()
    assert theatre.supervisor.stop() == 0


def test_a_stable_run_makes_the_next_restart_at_once_again(theatre, wait_until):
    theatre.site.set("supervisor", restart_min="20s", restart_max="20s", stable_after="300ms")
    theatre.start()
    for _ in range(3):
        pid = theatre.process("tickd")["pid"]
        wait_until(lambda: time.time() - theatre.process("tickd")["started"] > 0.6)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: theatre.process("tickd")["state"] == "running"
                   and theatre.process("tickd")["pid"] != pid, 10)
    assert theatre.supervisor.stop() == 0


def test_what_a_dead_child_left_behind_is_ended_before_the_next_start(theatre, wait_until):
    theatre.plan("tickd", "leave", "ready")
    theatre.start()
    wait_until(lambda: len(theatre.starts("tickd")) == 2)
    left = int((theatre.site.folder / "tickd.left").read_text())
    wait_until(lambda: not alive(left))
    assert theatre.supervisor.stop() == 0


# ---- readiness and heartbeat ----

@pytest.mark.parametrize("word", ["never-ready", "liar"])
def test_a_child_that_is_not_ready_in_time_is_ended_and_started_again(theatre, wait_until, word):
    theatre.site.set("supervisor", ready_timeout="500ms")
    theatre.plan("logd", word, "ready")
    theatre.start()
    wait_until(lambda: len(theatre.starts("logd")) == 2 and theatre.process("logd")["state"] == "running")
    assert theatre.events("logd")[:4] == ["child-started", "child-unready", "child-died", "child-restarted"]
    assert theatre.supervisor.stop() == 0


def test_a_child_that_falls_silent_is_aborted_and_started_again(theatre, wait_until):
    theatre.site.set("supervisor", watchdog="400ms")
    theatre.plan("analysisd", "silent", "ready")
    theatre.start()
    wait_until(lambda: len(theatre.starts("analysisd")) == 2)
    wait_until(theatre.in_state("analysisd", "running"))
    assert theatre.process("analysisd")["last_exit"] == "SIGABRT"
    assert "child-hung" in theatre.events("analysisd")
    restarts = theatre.process("analysisd")["restarts"]
    wait_until(lambda: time.time() - theatre.process("analysisd")["started"] > 1.2)
    assert theatre.process("analysisd")["restarts"] == restarts, "signs of life keep it up"
    assert theatre.supervisor.stop() == 0


def test_a_stopped_process_is_hung_and_killed_after_the_grace(theatre, wait_until):
    theatre.site.set("supervisor", watchdog="400ms")
    theatre.start()
    pid = theatre.process("tickd")["pid"]
    os.kill(pid, signal.SIGSTOP)  # SIGABRT does not reach it, SIGKILL does
    wait_until(theatre.in_state("tickd", "hung"))
    wait_until(lambda: theatre.process("tickd")["state"] == "running" and theatre.process("tickd")["pid"] != pid)
    assert theatre.process("tickd")["last_exit"] == "SIGKILL"
    assert theatre.supervisor.stop() == 0


def test_analysisd_waits_for_tickd_only_as_long_as_its_chance_lasts(theatre, wait_until):
    theatre.site.set("supervisor", ready_timeout="700ms")
    theatre.plan("tickd", "never-ready")
    theatre.start(ready=False)
    wait_until(lambda: theatre.starts("tickd"))
    assert not theatre.starts("analysisd")
    theatre.supervisor.wait_ready()
    gap = theatre.starts("analysisd")[0]["at"] - theatre.starts("tickd")[0]["at"]
    assert 0.4 < gap < 5
    assert theatre.supervisor.stop() == 0


def test_the_supervisor_gives_signs_of_life_when_systemd_asks(theatre, wait_until, site):
    site.write_settings()
    process = site.spawn("trading-supervisor", [theatre.bin / "trading-supervisor", "-c", site.file],
                         notify=True, PUPPET_DIR=site.folder, WATCHDOG_USEC="600000")
    process.wait_ready()
    wait_until(lambda: process.notify.messages.count("WATCHDOG=1") > 5)
    assert process.stop() == 0
    wait_until(lambda: "STOPPING=1" in process.notify.messages)


def test_a_notify_socket_that_nobody_reads_blocks_nothing(theatre, wait_until, site):
    site.write_settings()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as deaf:
        deaf.bind(str(site.folder / "deaf"))
        theatre.plan("tickd", *["exit 1"] * 20, "ready")
        theatre.supervisor = site.spawn(
            "trading-supervisor", [theatre.bin / "trading-supervisor", "-c", site.file],
            PUPPET_DIR=site.folder, NOTIFY_SOCKET=site.folder / "deaf")
        wait_until(lambda: len(theatre.starts("tickd")) == 21)  # more words than the queue holds
        assert theatre.supervisor.stop() == 0


def test_children_live_on_while_the_supervisor_itself_is_held_up(theatre, wait_until):
    theatre.site.set("supervisor", watchdog="1s")
    theatre.start()
    pids = {name: theatre.process(name)["pid"] for name in NAMES}
    held = time.monotonic()
    theatre.supervisor.signal(signal.SIGSTOP)
    wait_until(lambda: time.monotonic() - held > 3)
    theatre.supervisor.signal(signal.SIGCONT)
    wait_until(lambda: theatre.site.shared_memory()["last_update"] > time.time() - 0.5)
    wait_until(lambda: time.monotonic() - held > 4.5)
    assert {name: theatre.process(name)["pid"] for name in NAMES} == pids
    assert theatre.supervisor.stop() == 0


JUMPING_CLOCK = """
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
/* The wall clock is a day ahead or behind, in turns of a second. */
int clock_gettime(clockid_t id, struct timespec *ret)
{
	struct timespec now;
	long failed = syscall(SYS_clock_gettime, id, ret);
	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
	if (id == CLOCK_REALTIME)
		ret->tv_sec += now.tv_sec & 1 ? 86400 : -86400;
	return (int)failed;
}
"""


def test_a_wall_clock_that_jumps_changes_nothing(theatre, wait_until, site):
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler for the jumping clock")
    (site.folder / "clock.c").write_text(JUMPING_CLOCK)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", site.folder / "clock.so",
                    site.folder / "clock.c"], check=True)
    site.set("supervisor", watchdog="1s", ready_timeout="5s", restart_min="400ms", restart_max="400ms")
    site.write_settings()
    theatre.plan("tickd", "exit 1", "exit 1", "ready")
    theatre.supervisor = site.spawn(
        "trading-supervisor", [theatre.bin / "trading-supervisor", "-c", site.file], notify=True,
        PUPPET_DIR=site.folder, LD_PRELOAD=site.folder / "clock.so",
        ASAN_OPTIONS="detect_leaks=0:verify_asan_link_order=0")
    theatre.supervisor.wait_ready()
    updates = set()

    def jumped():
        updates.add(site.shared_memory()["last_update"])
        return len(updates) >= 5 and max(updates) - min(updates) > 86400

    wait_until(jumped, what="five updates, with days between them")
    wait_until(theatre.in_state("tickd", "running"))
    # Two deaths at the start, the second waited for 0.3 to 0.4 s; nothing was hung or unready.
    assert {name: len(theatre.starts(name)) for name in NAMES} == {
        "logd": 1, "tickd": 3, "analysisd": 1}
    at = [start["at"] for start in theatre.starts("tickd")]
    assert at[2] - at[1] > 0.29
    assert not {"child-hung", "child-unready"} & set(theatre.events())
    assert theatre.supervisor.stop() == 0


# ---- its own death, and a second one ----

def test_children_end_when_the_supervisor_is_killed_and_the_next_one_takes_over(theatre, wait_until):
    theatre.start()
    pids = [theatre.process(name)["pid"] for name in NAMES]
    theatre.supervisor.kill()
    wait_until(lambda: not any(alive(pid) for pid in pids))
    theatre.start()
    assert theatre.site.shared_memory()["system_status"] == "running"
    assert theatre.supervisor.stop() == 0


def test_a_second_supervisor_is_refused_by_name_and_pid(theatre):
    theatre.start()
    second = theatre.run()
    assert second.returncode == 75
    assert re.search(rf"trading-supervisor \(pid {theatre.supervisor.pid}\) is running", second.stderr)
    assert second.stderr.count("\n") == 1
    assert theatre.ask({"command": "status"})["system_status"] == "running", "the first lives on"
    assert theatre.supervisor.stop() == 0


# ---- sockets ----

@pytest.mark.parametrize("section", ["api", "mt5"])
def test_a_port_in_use_is_refused_with_the_holders_name_and_pid(theatre, section):
    theatre.site.set("mt5", enabled="yes", listen="127.0.0.1:0")
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        theatre.site.set(section, listen=f"127.0.0.1:{port}")
        done = theatre.run()
    assert done.returncode == 75
    assert re.search(rf"127\.0\.0\.1:{port} is already in use by \S+ \(pid {os.getpid()}\)", done.stderr)
    assert done.stderr.count("\n") == 1 and not theatre.starts("logd")


@pytest.mark.parametrize("listen, status, words", [
    ("192.0.2.1:8000", 71, "192.0.2.1:8000 cannot be listened on"),
    ("no.such.host.invalid:8000", 78, "no.such.host.invalid:8000 is no address to listen on"),
])
def test_an_address_that_is_not_ours_is_one_sentence(theatre, listen, status, words):
    theatre.site.set("api", listen=listen)
    done = theatre.run()
    assert done.returncode == status and words in done.stderr and done.stderr.count("\n") == 1


def test_without_terminals_their_port_is_not_listened_on(theatre):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        theatre.site.set("mt5", enabled="no", listen=f"127.0.0.1:{holder.getsockname()[1]}")
        theatre.start()
        assert re.findall(r"for (\w+) \[listening\]", theatre.log()) == ["logd"]
        assert theatre.supervisor.stop() == 0


@pytest.mark.parametrize("name", ["logd", "tickd"])
def test_restarts_of_a_child_that_listens_refuse_no_connection(theatre, wait_until, name):
    ports = {"logd": theatre.site.port, "tickd": free_port()}
    theatre.site.set("mt5", enabled="yes", listen=f"127.0.0.1:{ports['tickd']}")
    theatre.plan(name, "serve")
    theatre.start()
    assert set(re.findall(r"port (\d+) for (\w+) \[listening\]", theatre.log())) == {
        (str(port), child) for child, port in ports.items()}
    answers, faults, done = set(), [], threading.Event()

    def client():
        while not done.is_set():
            try:
                with socket.create_connection(("127.0.0.1", ports[name]), timeout=10) as ours:
                    answers.add(ours.recv(16))
            except OSError as error:
                # A connection that the dying process had accepted is lost with it, not refused.
                if not isinstance(error, ConnectionResetError):
                    faults.append(error)

    thread = threading.Thread(target=client)
    thread.start()
    try:
        for count in range(2, 7):
            if count % 2:
                theatre.ask({"command": "restart", "child": name})
            else:
                os.kill(theatre.process(name)["pid"], signal.SIGKILL)
            wait_until(lambda: len(theatre.starts(name)) == count)
            wait_until(theatre.in_state(name, "running"))
            pid = str(theatre.starts(name)[-1]["pid"]).encode()
            wait_until(lambda: pid in answers)
    finally:
        done.set()
        thread.join()
    assert not faults and len(answers - {b""}) >= 5
    assert theatre.supervisor.stop() == 0


def test_over_a_hundred_restarts_leave_no_descriptor_and_no_zombie(theatre, wait_until):
    count = 1000 if places.long_run() else 120
    theatre.site.set("supervisor", restart_min="0ms", restart_max="1ms")
    theatre.start()
    before = theatre.descriptors()
    theatre.plan("tickd", "exit 1")
    os.kill(theatre.process("tickd")["pid"], signal.SIGKILL)
    wait_until(lambda: len(theatre.starts("tickd")) > count, 240)
    theatre.plan("tickd", "ready")
    wait_until(theatre.in_state("tickd", "running"))
    assert theatre.descriptors() == before
    assert theatre.process("tickd")["restarts"] > count - 2
    given = theatre.starts("tickd")
    assert {len(start["fds"]) for start in given} == {len(given[0]["fds"])}
    children = pathlib.Path(f"/proc/{theatre.supervisor.pid}/task/{theatre.supervisor.pid}/children")
    assert len(children.read_text().split()) == 3
    assert theatre.supervisor.stop() == 0


def test_a_child_that_we_never_started_is_reaped(theatre, wait_until):
    theatre.site.write_settings()
    script = f'sleep 0.2 & exec "{theatre.bin}/trading-supervisor" -c "{theatre.site.file}"'
    theatre.supervisor = theatre.site.spawn("sh", ["sh", "-c", script], notify=True,
                                            PUPPET_DIR=theatre.site.folder)
    theatre.supervisor.wait_ready()
    pid = theatre.supervisor.pid
    wait_until(lambda: len(pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()) == 3)
    assert theatre.supervisor.stop() == 0


# ---- shared_memory.json ----

def test_every_published_file_keeps_the_schema_through_kills(theatre, wait_until):
    (theatre.site.folder / "tickd.status").write_text(json.dumps({
        "databases": {"main_db": {"rows": 4711, "size_bytes": 1, "wal_bytes": 2}},
        "feeds": [{"name": "binance", "state": "live", "last_tick_us": 1700000000000000,
                   "ticks_per_second": 12.5, "lag_ms": 3, "gaps": 0, "source": "sim"}],
    }))
    theatre.plan("logd", "ready", "exit 1", "exit 1", "ready", "silent", "ready")
    theatre.site.set("supervisor", restart_min="30ms", restart_max="100ms", watchdog="500ms")
    validator = jsonschema.Draft202012Validator(SCHEMA)
    seen, done, faults = {}, threading.Event(), []

    def read():
        while not done.is_set():
            try:
                text = (theatre.site.runtime / "shared_memory.json").read_text()
            except FileNotFoundError:
                continue
            if text not in seen:
                content = seen[text] = json.loads(text)
                faults.extend(error.message for error in validator.iter_errors(content))
            done.wait(0.002)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        theatre.start()
        for name in NAMES * 2:
            wait_until(theatre.in_state(name, "running"))
            pid = theatre.process(name)["pid"]
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda: theatre.process(name)["pid"] not in (pid, None))
        wait_until(lambda: theatre.site.shared_memory()["system_status"] == "running")
        wait_until(lambda: theatre.site.shared_memory()["feeds"])
        last = theatre.site.shared_memory()
        assert theatre.supervisor.stop() == 0
    finally:
        done.set()
        thread.join()
    assert not faults, faults[:5]
    contents = list(seen.values())
    assert len(contents) > 12
    # A look each 2 ms may miss a state that lasts no longer, as "stopping" may.
    assert {content["system_status"] for content in contents} >= {"running", "degraded"}
    assert last["tick_count"] == 4711 and last["databases"]["main_db"]["rows"] == 4711
    assert last["feeds"] == {"binance": {"state": "live", "last_tick": 1700000000.0,
                                         "ticks_per_second": 12.5, "lag_ms": 3, "gaps": 0}}
    for content in contents:
        published = {entry["name"]: entry["pid"] for entry in content["active_processes"]}
        states = {name: process["pid"] for name, process in content["processes"].items()}
        assert published == {name: pid for name, pid in states.items() if pid}


def test_the_file_is_renewed_each_second_and_names_the_holder_of_a_lease(theatre, wait_until):
    theatre.start()
    first = theatre.site.shared_memory()
    assert first["database_locks"] == {"main_db": None, "analysis_db": None, "logs_db": None}
    folder = theatre.site.state / "tickd"
    folder.mkdir(parents=True)
    (folder / "unified_tick_pipeline.db").write_bytes(b"x" * 4096)
    with open(folder / "unified_tick_pipeline.db.lease", "w+") as lease:
        lease.write("tickd 4242\n")
        lease.flush()
        # F_OFD_SETLK, of the whole file.
        fcntl.fcntl(lease, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
        wait_until(lambda: theatre.site.shared_memory()["database_locks"]["main_db"])
        shown = theatre.site.shared_memory()
        assert shown["database_locks"]["main_db"] == "tickd 4242"
        assert shown["databases"]["main_db"]["owner_pid"] == 4242
        assert shown["databases"]["main_db"]["size_bytes"] == 4096
    wait_until(lambda: theatre.site.shared_memory()["database_locks"]["main_db"] is None)
    assert 0 < time.time() - theatre.site.shared_memory()["last_update"] < 3
    assert theatre.supervisor.stop() == 0


def test_the_status_file_of_a_dead_predecessor_is_not_believed(theatre, wait_until):
    theatre.plan("tickd", "never-ready")
    folder = theatre.site.runtime / "tickd"
    folder.mkdir(parents=True)
    (folder / "status.json").write_text(json.dumps({
        "pid": 1, "state": "running", "feeds": [{"name": "old", "state": "live"}],
        "databases": {"main_db": {"rows": 5}}}))
    theatre.start(ready=False)
    wait_until(lambda: theatre.process("tickd").get("rss_bytes"))
    shown = theatre.site.shared_memory()
    assert shown["feeds"] == {} and shown["tick_count"] == 0
    assert theatre.supervisor.stop() == 0


# ---- control.sock ----

def test_it_answers_status_restart_and_stop(theatre, wait_until):
    theatre.start()
    status = theatre.ask({"command": "status"})
    jsonschema.validate(status, SCHEMA)
    pid = status["processes"]["tickd"]["pid"]
    assert theatre.ask({"command": "restart", "child": "tickd"}) == {
        "ok": True, "child": "tickd", "state": "stopping"}
    wait_until(lambda: theatre.process("tickd")["state"] == "running" and theatre.process("tickd")["pid"] != pid)
    assert "child-died" not in theatre.events("tickd")
    assert theatre.ask({"command": "stop"}) == {"ok": True}
    assert theatre.supervisor.wait_exit() == 0


@pytest.mark.parametrize("text, code", [
    ('{"command":"dance"}', "unknown-command"), ("{}", "unknown-command"),
    ('{"command":1}', "unknown-command"), ('{"command":"restart"}', "bad-request"),
    ('{"command":"restart","child":"init"}', "unknown-child"), ("[1]", "bad-request"),
    ("{", "bad-request"), ("\x00\x01", "bad-request"), ('{"a":1,"a":2}', "bad-request"),
    ("[" * 5000, "bad-request"), ("x" * 9000, "too-long"),
])
def test_a_question_that_is_none_gets_a_sentence(theatre, text, code):
    theatre.start()
    answer = theatre.ask(text + "\n", raw=True)
    assert answer["error"]["code"] == code and answer["error"]["message"]
    assert theatre.ask({"command": "status"})["system_status"] == "running"
    assert theatre.supervisor.stop() == 0


def test_the_control_socket_is_for_its_user_and_group(theatre):
    theatre.start()
    assert (theatre.site.runtime / "control.sock").stat().st_mode & 0o777 == 0o660
    assert (theatre.site.runtime / "notify.sock").stat().st_mode & 0o777 == 0o660
    assert theatre.supervisor.stop() == 0


# ---- bad input ----

def test_bad_settings_start_nothing(theatre):
    theatre.site.set("supervisor", watchdog="soon")
    done = theatre.run()
    assert done.returncode == 78 and "supervisor.watchdog" in done.stderr
    assert not theatre.starts("logd") and not theatre.site.runtime.exists()


def test_arguments_that_are_not_expected_are_a_usage_error(theatre):
    assert theatre.run("now").returncode == 64


def test_a_runtime_dir_that_cannot_be_made_is_one_sentence(theatre):
    (theatre.site.folder / "file").write_text("")
    theatre.site.set("paths", runtime_dir=theatre.site.folder / "file" / "r")
    done = theatre.run()
    assert done.returncode == 71 and "file" in done.stderr and done.stderr.count("\n") == 1


def test_a_flood_of_foreign_notifications_is_ignored(theatre):
    theatre.start()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        for _ in range(2000):
            try:
                sender.sendto(b"READY=1\nSTATUS=lies\nSTOPPING=1", str(theatre.site.runtime / "notify.sock"))
            except BlockingIOError:
                select.select([], [sender], [], 0.01)
    assert theatre.ask({"command": "status"})["system_status"] == "running"
    assert {theatre.process(name)["status"] for name in NAMES} == {"puppet 0"}
    assert theatre.supervisor.stop() == 0
