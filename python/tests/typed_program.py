"""A program of a user, which is not run: a type checker reads what an editor would show.

A comment that ignores an error stands where there has to be one.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pathscope
import polars
from numpy.typing import NDArray
from typing_extensions import assert_type

images = np.zeros((2, 1, 50, 50), dtype=np.float32)

analysis = pathscope.analyze(Path("model.pt2"), readout="late-avg", gates=("sigmoid",))
assert_type(analysis, pathscope.Analysis)
assert_type(analysis.average_path_length, float | None)
assert_type(analysis.ensemble.paths, int)
assert_type(analysis.lengths.to_frame("polars"), polars.DataFrame)
assert_type(polars.DataFrame(analysis.lengths), polars.DataFrame)
analysis.figure("circuit", width=89).save("circuit.svg")
analysis.report(Path("model.html"), title="A model")

found = pathscope.contributions("model.pt2", images)
assert_type(found, pathscope.Contributions)
assert_type(found.array, NDArray[np.float64])
assert_type(found.analysis, pathscope.Analysis | None)
assert_type(found.units_table([0, 1]), pathscope.Table)
by_block = pathscope.contributions("model.pt2", images, by="block", baseline=images[0])
assert_type(by_block, dict[str, pathscope.Contributions])
fields = pathscope.receptive_fields("model.pt2", images, range(3), by="iteration")
assert_type(fields.filters, NDArray[np.float64])

circuit = pathscope.Circuit(2, 3, [(1, 2, 0), (2, 2, 1)], readout="no-avg")
unrolled = pathscope.unroll(circuit)
assert_type(unrolled.ensemble(dict.fromkeys(unrolled.components, 1.0)), pathscope.Ensemble)


def recorded(recorder: pathscope.Recorder) -> Any:
    assert_type(recorder.step(100), dict[str, float | None] | None)
    assert_type(recorder.to_frame("polars"), polars.DataFrame)
    return recorder.to_frame()


pathscope.analyze("model.pt2", readout="last")  # type: ignore[arg-type]
pathscope.analyze("model.pt2", readouts="no-avg")  # type: ignore[call-arg]
pathscope.contributions("model.pt2", images, by="lengths")  # type: ignore[call-overload]
pathscope.receptive_fields("model.pt2", images, 0, by="block")  # type: ignore[arg-type]
analysis.figure("circle")  # type: ignore[arg-type]
analysis.average_path_length = 1.0  # type: ignore[misc]
found.figure("units", unit="first")  # type: ignore[arg-type]
