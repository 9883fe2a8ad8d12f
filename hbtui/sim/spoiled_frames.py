"""Frames and sockets that a fault has struck (see ``faults.FRAMES``)."""

import zlib
from collections.abc import Callable, Iterable

from hbtui.sim.broken import bomb_frame
from hbtui.sim.faults import Fault, Faults
from hbtui.sim.links import Link
from hbtui.sim.wire import gzipped

__all__ = ["beat", "spoiled_frame"]

Frame = bytes | str


def spoiled_frame(faults: Faults, kind: str, frame: Frame) -> Frame:
    """A frame as it leaves: damaged where a rule strikes this kind of socket."""
    fault = faults.strike(kind, "corrupt", "truncate", "wrong-kind")
    if fault is None:
        return frame
    if isinstance(frame, str):
        ways: dict[str, Callable[[str], Frame]] = {
            "corrupt": lambda text: text.replace("{", "[", 1),
            "truncate": lambda text: text[: len(text) // 2],
            "wrong-kind": str.encode,
        }
        return ways[fault.action](frame)
    if fault.action == "corrupt":
        middle = len(frame) // 2
        return frame[:middle] + bytes(byte ^ 0xFF for byte in frame[middle : middle + 4]) + frame[middle + 4 :]
    document = zlib.decompress(frame, 31)
    # the half of a character behind it, so that the text itself is cut short too
    return gzipped(document[: len(document) // 2] + b"\xe2\x82") if fault.action == "truncate" else document.decode()


def beat(faults: Faults, link: Link, states: Callable[[], Iterable[Frame]]) -> None:
    """What befalls a socket from time to time; ``states`` are frames with what is true on it now."""
    fault = faults.strike(link.kind, "silence", "cut", "bomb", "huge-frame", "flood")
    if fault is None:
        return
    if fault.action == "silence":
        link.silent = True
    elif fault.action == "cut":
        link.abort()
    elif fault.action == "flood":
        for frame in states():
            for _ in range(fault.copies):
                link.send(frame)
    else:
        link.send(_large(fault, link.kind))


def _large(fault: Fault, kind: str) -> Frame:
    if kind == "private":
        return " " * (fault.megabytes << 20)
    return bomb_frame(fault.megabytes) if fault.action == "bomb" else bytes(fault.megabytes << 20)
