"""Being told to stop."""

import logging
import signal
import threading
from types import FrameType

log = logging.getLogger("sheaf.workers")


def stop_event() -> threading.Event:
    """An event that SIGTERM and SIGINT set; for the main thread."""
    stop = threading.Event()

    def handle(number: int, frame: FrameType | None) -> None:
        del frame
        log.info("stopping: %s", signal.Signals(number).name)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)
    return stop
