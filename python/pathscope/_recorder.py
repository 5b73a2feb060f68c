"""Path lengths and contributions while a model is trained."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Any, Literal, overload

from pathscope._analysis import analyze
from pathscope._contributions import contributions
from pathscope._models import export
from pathscope._options import Options
from pathscope.errors import InputError, PathscopeWarning

if TYPE_CHECKING:
    import pandas
    import polars
    import torch
    from typing_extensions import Unpack

    from pathscope import Analysis, Contributions
    from pathscope._typing import Images


class Recorder:
    """Records average path length, diversity and contribution shares while a model is trained.

    The model is exported once, in evaluation mode; every record reads the weights that it has then. In a plain loop:

        recorder = pathscope.Recorder(model, images[:16], every=100)
        for step, batch in enumerate(batches):
            ...
            optimizer.step()
            recorder.step(step)
        recorder.to_frame()

    and for Lightning `Trainer(callbacks=[recorder.callback()])`.

    Attributes:
        records: one dictionary for each record: `step`, `average_path_length`, `length_std`, `diversity`,
            `effective_paths`, `seconds` (what the record cost) and, with contributions,
            `contribution_average_path_length` and `share_LENGTH` and `variance_share_LENGTH` for each length
    """

    def __init__(
        self,
        model: torch.nn.Module,
        images: Images,
        *,
        every: int = 100,
        contributions: bool = True,
        **options: Unpack[Options],
    ) -> None:
        """Prepares to record.

        Args:
            model: a `torch.nn.Module`, which goes on being trained
            images: the images that contributions are computed for, as the model sees them
            every: the number of steps from record to record
            contributions: whether to compute contributions, which execute the model on the images
            options: as for `analyze`
        """
        if every < 1:
            raise InputError(f"every: expected at least 1, found {every}")
        self.records: list[dict[str, float | None]] = []
        self._model = model
        self._images = images
        self._every = every
        self._contributions = contributions
        self._options: Options = options
        self._program: torch.export.ExportedProgram | None = None

    def step(self, step: int) -> dict[str, float | None] | None:
        """Records if the step is due, and returns the record."""
        return self.record(step) if step % self._every == 0 else None

    def record(self, step: int) -> dict[str, float | None]:
        """Records now.

        Args:
            step: the number that the record bears
        """
        import time

        begun = time.perf_counter()
        analysis, found = self._measured()
        record: dict[str, float | None] = {
            "step": step,
            "average_path_length": analysis.average_path_length,
            "length_std": analysis.length_std,
            "diversity": analysis.diversity,
            "effective_paths": analysis.effective_paths,
        }
        if found is not None:
            record["contribution_average_path_length"] = found.average
            for mark, share, of_variance in zip(found.marks, found.share, found.variance_share, strict=True):
                record[f"share_{mark}"] = float(share)
                record[f"variance_share_{mark}"] = float(of_variance)
        record["seconds"] = time.perf_counter() - begun
        self.records.append(record)
        return record

    @overload
    def to_frame(self, library: None = None) -> Any: ...
    @overload
    def to_frame(self, library: Literal["polars"]) -> polars.DataFrame: ...
    @overload
    def to_frame(self, library: Literal["pandas"]) -> pandas.DataFrame: ...
    def to_frame(self, library: Literal["polars", "pandas"] | None = None) -> Any:
        """Returns the records as a frame of polars or pandas, whichever is installed."""
        from pathscope._frames import frame_of_records

        return frame_of_records(self.records, library)

    def callback(self) -> Any:
        """Returns a callback for Lightning that records and logs after every step that is due."""
        try:
            from lightning.pytorch import Callback
        except ImportError:
            from pytorch_lightning import Callback

        recorder = self

        class RecorderCallback(Callback):  # type: ignore[misc]
            def __init__(self) -> None:
                self._step = 0

            def on_train_batch_end(self, trainer: Any, *_arguments: Any) -> None:
                step = trainer.global_step
                # A step may take several batches, and several processes may take it together.
                if step == self._step or not trainer.is_global_zero:
                    return
                self._step = step
                record = recorder.step(step)
                if record is not None and trainer.logger is not None:
                    numbers = {f"pathscope/{key}": value for key, value in record.items() if value is not None}
                    trainer.logger.log_metrics(numbers, step=step)

        return RecorderCallback()

    def _measured(self) -> tuple[Analysis, Contributions | None]:
        """Returns the analysis of the model with its present weights, and contributions if they are wanted."""
        program = self._current_program()
        found = analysis = None
        with warnings.catch_warnings():
            # They would be the same at every record.
            warnings.simplefilter("ignore" if self.records else "default", PathscopeWarning)
            if self._contributions:
                found = contributions(program, self._images, resamples=0, progress=False, **self._options)
                # Saving the program again for another analysis would double what a record costs.
                analysis = found.analysis if self.records else None
            return analysis or analyze(program, **self._options), found

    def _current_program(self) -> torch.export.ExportedProgram:
        """Returns the program of the model with its present weights."""
        torch = sys.modules["torch"]
        if self._program is None:
            modes = [(module, module.training) for module in self._model.modules()]
            self._model.eval()
            try:
                self._program = export(self._model, self._images)
            finally:
                for module, training in modes:
                    module.training = training
        weights = {**dict(self._model.named_parameters()), **dict(self._model.named_buffers())}
        with torch.no_grad():
            for name, stored in self._program.state_dict.items():
                if name in weights and stored.data_ptr() != weights[name].data_ptr():
                    stored.copy_(weights[name])
        return self._program
