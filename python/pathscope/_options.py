"""The options of an analysis, which are the flags of `pathscope analyze`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from pathscope._typing import Readout, StrPath


class Options(TypedDict, total=False):
    """What a file does not state, and where paths begin and end."""

    key: str | None
    layout: StrPath | None
    config: StrPath | None
    readout: Readout | None
    activation: Literal["relu", "softplus"] | None
    iterations: int | None
    begin: str | None
    end: str | None
    input: str | int | None
    output: int | None
    count: Literal["linear"] | None
    gates: tuple[str, ...] | list[str]
    conv_strength: Literal["kernel-norm", "operator-norm"]
    map_size: int
    bn_strength: Literal["effective", "gamma"]


_DEFAULTS: Options = {
    "key": None,
    "layout": None,
    "config": None,
    "readout": None,
    "activation": None,
    "iterations": None,
    "begin": None,
    "end": None,
    "input": None,
    "output": None,
    "count": None,
    "gates": (),
    "conv_strength": "kernel-norm",
    "map_size": 32,
    "bn_strength": "effective",
}


def complete(options: Options) -> Options:
    """Returns the options with defaults for those that are missing."""
    unknown = sorted(set(options) - set(_DEFAULTS))
    if unknown:
        known = ", ".join(_DEFAULTS)
        raise TypeError(f"unknown option {unknown[0]!r}: there are {known}")
    completed: Options = {**_DEFAULTS, **options}
    completed["gates"] = list(completed["gates"])
    if completed["input"] is not None:
        completed["input"] = str(completed["input"])
    return completed
