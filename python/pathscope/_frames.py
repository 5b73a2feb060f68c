"""Tables as the frames of other libraries."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pathscope.errors import InputError

if TYPE_CHECKING:
    from pathscope import Table

_LIBRARIES = ("polars", "pandas")


def to_frame(table: Table, library: str | None) -> Any:
    """Returns a table as a frame of polars or pandas, whichever is installed."""
    if _chosen(library) == "polars":
        import polars

        return polars.DataFrame(table)
    import pandas

    if hasattr(pandas.DataFrame, "from_arrow"):
        return pandas.DataFrame.from_arrow(table)
    return pandas.DataFrame(table.to_dict())


def frame_of_records(records: list[dict[str, float | None]], library: str | None) -> Any:
    """Returns records as a frame of polars or pandas, with a column for whatever a record has."""
    names = list(dict.fromkeys(name for record in records for name in record))
    columns: Mapping[str, Any] = {name: [record.get(name) for record in records] for name in names}
    if _chosen(library) == "polars":
        import polars

        return polars.DataFrame(columns)
    import pandas

    return pandas.DataFrame(columns)


def _chosen(library: str | None) -> str:
    """Returns the name of the library that makes a frame."""
    if library is not None and library not in _LIBRARIES:
        raise InputError(f"library: expected 'polars' or 'pandas', found {library!r}")
    installed = [name for name in _LIBRARIES if importlib.util.find_spec(name)]
    if library is None and not installed:
        raise InputError("neither polars nor pandas is installed: pip install one, or use to_dict()")
    return library or installed[0]
