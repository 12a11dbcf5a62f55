"""Recordings of raw frames, read with libzstd itself: whole blocks only, as after a kill."""
import ctypes
import ctypes.util

PIECE = 1 << 17


class Buffer(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_char_p), ("size", ctypes.c_size_t), ("at", ctypes.c_size_t)]


def unpack(packed):
    zstd = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
    zstd.ZSTD_createDStream.restype = ctypes.c_void_p
    zstd.ZSTD_decompressStream.restype = ctypes.c_size_t
    stream = ctypes.c_void_p(zstd.ZSTD_createDStream())
    source = Buffer(packed, len(packed), 0)
    room = ctypes.create_string_buffer(PIECE)
    text = b""
    while True:
        out = Buffer(ctypes.cast(room, ctypes.c_char_p), PIECE, 0)
        code = zstd.ZSTD_decompressStream(stream, ctypes.byref(out), ctypes.byref(source))
        assert not zstd.ZSTD_isError(ctypes.c_size_t(code)), "its compression is damaged"
        text += room.raw[:out.at]
        if source.at == source.size and out.at < PIECE:
            zstd.ZSTD_freeDStream(stream)
            return text


def files(folder):
    """In the order of their names, which is that of time."""
    return sorted(folder.glob("*.zst")) if folder.exists() else []


def lines(folder):
    """[(receive time in ns, frame)] of all recordings in the folder."""
    found = []
    for path in files(folder):
        text = unpack(path.read_bytes()).decode()
        assert text == "" or text.endswith("\n"), path
        for line in text.splitlines():
            time_ns, _, frame = line.partition(" ")
            found.append((int(time_ns), frame))
    return found
