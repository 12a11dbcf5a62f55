"""Waiting for conditions, never for time alone."""
import time

POLL_SECONDS = 0.02


def wait_until(condition, timeout=20, what=None, poll=POLL_SECONDS):
    """Returns the first true value of condition(); AssertionError if none came in time."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            name = what or getattr(condition, "__name__", "the condition")
            raise AssertionError(f"not within {timeout} s: {name} (last: {value!r})")
        time.sleep(poll)
