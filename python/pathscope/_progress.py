"""Progress bars, where tqdm is installed."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Callable, Iterator

# Seconds before a bar appears: what is shorter needs none.
_DELAY = 1.0


@contextlib.contextmanager
def progress_bar(total: int, what: str, wanted: bool | None) -> Iterator[Callable[[int], None] | None]:
    """Yields a function that is called with the amount done; None where there is no bar.

    Args:
        wanted: None for a bar if tqdm is installed
    """
    if wanted is False or (wanted is None and importlib.util.find_spec("tqdm") is None):
        yield None
        return
    from tqdm.auto import tqdm

    with tqdm(total=total, desc=what, unit="image", delay=_DELAY, leave=False) as bar:

        def show(done: int) -> None:
            bar.update(done - bar.n)

        yield show
