"""Tables as the frames of other libraries."""

from __future__ import annotations

import importlib.util
from typing import Any

from pathscope.errors import InputError


def to_frame(table: Any, library: str | None) -> Any:
    """Returns a table as a frame of polars or pandas, whichever is installed."""
    if library is None:
        installed = [name for name in ("polars", "pandas") if importlib.util.find_spec(name)]
        if not installed:
            raise InputError("neither polars nor pandas is installed: pip install one, or use to_dict()")
        library = installed[0]
    if library == "polars":
        import polars

        return polars.DataFrame(table)
    if library == "pandas":
        import pandas

        if hasattr(pandas.DataFrame, "from_arrow"):
            return pandas.DataFrame.from_arrow(table)
        return pandas.DataFrame(table.to_dict())
    raise InputError(f"library: expected 'polars' or 'pandas', found {library!r}")


def frame_of_records(records: list[dict[str, Any]], library: str | None) -> Any:
    """Returns records as a frame of polars or pandas, with a column for whatever a record has."""
    names = list(dict.fromkeys(name for record in records for name in record))
    columns = {name: [record.get(name) for record in records] for name in names}
    if library is None and importlib.util.find_spec("polars") is None:
        library = "pandas"
    if library in (None, "polars"):
        import polars

        return polars.DataFrame(columns)
    import pandas

    return pandas.DataFrame(columns)
