#!/usr/bin/python3 -SE
"""A child that does as told: stands in for logd, tickd and analysisd in the supervisor's tests.

PUPPET_DIR/<name>.plan holds a line for each start (the last one counts for all later ones):
    ready               ready, signs of life, ends on SIGTERM or with the supervisor
    exit N | signal N   ends at once
    ready-exit N        ready, then ends
    never-ready         lives without READY=1
    silent              ready, STATUS= again and again, but no sign of life
    stubborn            ready, ignores SIGTERM
    leave               ready, starts one of its own that stays, and ends with 0
    liar                its READY=1 is sent by a process of its own
    serve               ready, answers connections of the handed on socket with its pid
Each start appends a line of JSON to PUPPET_DIR/<name>.starts.
"""
import json
import os
import pathlib
import select
import signal
import socket
import sys
import time

NAME = pathlib.Path(sys.argv[0]).name
DIR = pathlib.Path(os.environ["PUPPET_DIR"])


def notify(text):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        try:
            out.sendto(text.encode(), os.environ["NOTIFY_SOCKET"])
        except OSError:
            pass  # the supervisor is gone


def record():
    """What this start was given; returns which start it is, from 0."""
    fds = {}
    for fd in os.listdir("/proc/self/fd"):
        try:
            fds[fd] = os.readlink(f"/proc/self/fd/{fd}")
        except OSError:
            pass
    status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
    line = json.dumps({
        "pid": os.getpid(), "parent": os.getppid(), "session": os.getsid(0), "argv": sys.argv[1:],
        "env": dict(os.environ), "fds": fds, "blocked": status["SigBlk"].strip(),
        "ignored": status["SigIgn"].strip(), "at": time.monotonic(),
    })
    file = DIR / f"{NAME}.starts"
    number = len(file.read_text().splitlines()) if file.exists() else 0
    with open(file, "a") as out:
        out.write(line + "\n")
    return number


def write_status():
    """As a daemon's own status.json; PUPPET_DIR/<name>.status adds to it."""
    folder = DIR / "r" / NAME
    folder.mkdir(parents=True, exist_ok=True)
    extra = DIR / f"{NAME}.status"
    content = {"program": NAME, "pid": os.getpid(), "state": "running"}
    content.update(json.loads(extra.read_text()) if extra.exists() else {})
    (folder / "new").write_text(json.dumps(content))
    (folder / "new").rename(folder / "status.json")


def live(alive=True, serving=None):
    """Until the supervisor is gone, or SIGTERM ends us."""
    lifeline = int(os.environ["TRADING_LIFELINE_FD"])
    watched = [lifeline] + ([serving] if serving else [])
    while True:
        readable, _, _ = select.select(watched, [], [], 0.05)
        if lifeline in readable:
            os._exit(0)
        if serving in readable:
            try:
                connection, _ = serving.accept()
            except BlockingIOError:
                continue
            connection.sendall(str(os.getpid()).encode())
            connection.close()
        notify("WATCHDOG=1" if alive else "STATUS=still here")


def main():
    plan = (DIR / f"{NAME}.plan").read_text().splitlines()
    number = record()
    word, *rest = plan[min(number, len(plan) - 1)].split()
    if word == "exit":
        os._exit(int(rest[0]))
    if word == "signal":
        signal.signal(int(rest[0]), signal.SIG_DFL) if int(rest[0]) != 9 else None
        os.kill(os.getpid(), int(rest[0]))
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    if word == "never-ready":
        live(alive=False)
    if word == "liar":
        if os.fork() == 0:
            notify("READY=1")
            os._exit(0)
        os.wait()
        live(alive=False)
    if word == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    write_status()
    notify(f"READY=1\nSTATUS=puppet {number}")
    if word == "ready-exit":
        os._exit(int(rest[0]))
    if word == "leave":
        left = os.fork()
        if left == 0:
            live()
        (DIR / f"{NAME}.left").write_text(str(left))
        os._exit(0)
    serving = None
    if word == "serve":
        serving = socket.socket(fileno=int(os.environ["TRADING_LISTEN_FD"]))
        serving.setblocking(False)
    live(alive=word != "silent", serving=serving)


main()
