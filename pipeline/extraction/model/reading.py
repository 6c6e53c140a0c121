"""Reading all windows of a document by one model, several at once."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import replace
from itertools import chain

from pipeline.errors import JobCancelled
from pipeline.extraction.model.answers import Reading
from pipeline.extraction.model.windows import Asked, Calls, WindowReader
from pipeline.prompting.windows import Window
from pipeline.tracing.current import carried


def read_windows(
    asked: Asked,
    windows: Sequence[Window],
    *,
    prompt: str,
    calls_per_window: int,
    progress: Callable[[float], None] = lambda _: None,
) -> Reading:
    """Ask about every window; as many at once as the model's server is worth.

    Raises:
        ModelError: of the window that failed first; the others are given up.
        JobCancelled: `asked.stopped` returned true.
    """
    calls = Calls(calls_per_window * len(windows))
    given_up = threading.Event()
    whole = replace(asked, stopped=lambda: given_up.is_set() or asked.stopped())
    threads = max(1, min(asked.model.capabilities.parallel, len(windows)))
    with ThreadPoolExecutor(threads, thread_name_prefix="window") as pool:
        futures = [pool.submit(carried(_read), whole, calls, window, index) for index, window in enumerate(windows)]
        try:
            for done, future in enumerate(as_completed(futures), start=1):
                future.result()
                progress(done / len(windows))
        except BaseException as error:
            given_up.set()
            pool.shutdown(cancel_futures=True)
            raise _first(futures, error) from error
    readers = [future.result() for future in futures]
    return Reading(
        pieces=list(chain.from_iterable(reader.pieces for reader in readers)),
        gaps=list(chain.from_iterable(reader.gaps for reader in readers)),
        model=asked.model.name,
        prompt=prompt,
    )


def _read(asked: Asked, calls: Calls, window: Window, index: int) -> WindowReader:
    if asked.stopped():
        raise JobCancelled
    reader = WindowReader(asked, calls)
    reader.read(window, (index,))
    return reader


def _first(futures: Sequence["Future[WindowReader]"], error: BaseException) -> BaseException:
    """The failure itself, not that of a window which was given up because of it."""
    if not isinstance(error, JobCancelled):
        return error
    failed = (each.exception() for each in futures if each.done() and not each.cancelled())
    return next((each for each in failed if each is not None and not isinstance(each, JobCancelled)), error)
