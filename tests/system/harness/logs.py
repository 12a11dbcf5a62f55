"""What no log may hold after a test."""
import re

FORBIDDEN = re.compile(
    r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|UndefinedBehaviorSanitizer|runtime error:"
    r"|Assertion|database is locked|SQLITE_BUSY|core dumped|Segmentation fault"
    r"|ended \(SIG(SEGV|BUS|ILL|FPE|ABRT)\)"  # as the supervisor says of a child that it stopped
)


def faults(path):
    """The forbidden lines of one log, each with its file and number."""
    found = []
    with open(path, errors="replace") as log:
        for number, line in enumerate(log, 1):
            if FORBIDDEN.search(line):
                found.append(f"{path.name}:{number}: {line.rstrip()}")
    return found


def tail(path, lines=15):
    text = path.read_text(errors="replace").splitlines()
    return "\n".join(text[-lines:])
