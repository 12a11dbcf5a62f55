"""A disk of a few MB that a test can fill: a tmpfs that nobody else sees.

The test process leaves the machine's mount namespace once, so that what it mounts is gone with it
at the latest, however it ends.
"""
import ctypes
import errno
import functools
import os
import subprocess

import pytest

CLONE_NEWNS = 0x00020000
PIECE = 1 << 16


@functools.cache
def leave_mount_namespace():
    """None, or the reason why this process may not mount anything."""
    if os.geteuid() != 0:
        return "mounting needs root"
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
        return f"no mount namespace of our own: {os.strerror(ctypes.get_errno())}"
    done = subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True, text=True,
                          check=False)
    return done.stderr.strip() or None


class SmallDisk:
    """Mounted on the folder, which is made; unmounted when the site is closed."""

    def __init__(self, site, folder, megabytes):
        reason = leave_mount_namespace()
        if reason:
            pytest.skip(f"no small disk: {reason}")
        folder.mkdir(parents=True)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0750", "tmpfs", folder],
            capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"no small disk: {done.stderr.strip()}")
        site.at_end.append(self.unmount)
        self.folder, self.ballast = folder, folder / "ballast"

    def unmount(self):
        subprocess.run(["umount", "-l", self.folder], check=True)

    def fill(self):
        """To the last byte."""
        with open(self.ballast, "ab", buffering=0) as out:
            size = PIECE
            while size > 0:
                try:
                    out.write(b"\0" * size)
                except OSError as error:
                    assert error.errno == errno.ENOSPC
                    size //= 2

    def free(self):
        self.ballast.unlink()

    def free_bytes(self):
        disk = os.statvfs(self.folder)
        return disk.f_bavail * disk.f_frsize
