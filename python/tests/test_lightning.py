"""The package beside Lightning and tqdm."""

import contextlib
import io
import logging
import unittest
import warnings
from tempfile import TemporaryDirectory
from unittest import mock

import lightning.pytorch as lightning
import pathscope
import polars
import torch
from lightning.pytorch.loggers import CSVLogger
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

IMAGES = torch.rand(12, 1, 8, 8, generator=torch.Generator().manual_seed(0))


class Recurrent(lightning.LightningModule):
    """One recurrent block of two iterations, with a normalization that stays in evaluation mode."""

    def __init__(self):
        super().__init__()
        self.bottom_up = nn.Conv2d(1, 3, 3, padding=1)
        self.lateral = nn.Conv2d(3, 3, 3, padding=1)
        self.frozen = nn.BatchNorm2d(3).eval()
        self.readout = nn.Linear(3 * 8 * 8, 1)
        self.seen = []

    def forward(self, x):
        driven = self.bottom_up(x)
        h = torch.relu(driven)
        h = torch.relu(self.frozen(driven + self.lateral(h)))
        return self.readout(h.flatten(1))

    def training_step(self, batch, _index):
        self.seen.append((self.training, self.bottom_up.training, self.frozen.training))
        return (self(batch[0]) - 1).square().mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.05)


def fit(model, recorder, folder, **options):
    """Trains for two epochs of six batches, without validation."""
    logger = CSVLogger(folder, flush_logs_every_n_steps=1)
    trainer = lightning.Trainer(
        max_epochs=2,
        accelerator="cpu",
        logger=logger,
        callbacks=[recorder.callback()],
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        log_every_n_steps=1,
        **options,
    )
    with warnings.catch_warnings():
        # Lightning advises on workers that load data.
        warnings.simplefilter("ignore")
        trainer.fit(model, DataLoader(TensorDataset(IMAGES), batch_size=2))
    return logger


class Callbacks(unittest.TestCase):
    def setUp(self):
        logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
        torch.manual_seed(0)
        self.model = Recurrent()
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_records_are_made_and_logged(self):
        recorder = pathscope.Recorder(self.model, IMAGES[:2], every=4)
        logger = fit(self.model, recorder, self.folder)
        self.assertEqual([record["step"] for record in recorder.records], [4, 8, 12])
        lengths = [record["average_path_length"] for record in recorder.records]
        self.assertEqual(len(set(lengths)), 3)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", "frozen has running variances of 1")
            analysis = pathscope.analyze(self.model.eval(), IMAGES[:2])
        self.assertEqual(lengths[-1], analysis.average_path_length)
        logged = polars.read_csv(f"{logger.log_dir}/metrics.csv")
        self.assertEqual(logged["pathscope/average_path_length"].to_list(), lengths)
        self.assertEqual(logged["step"].to_list(), [4, 8, 12])

    def test_modes_are_left_alone(self):
        recorder = pathscope.Recorder(self.model, IMAGES[:2], every=1, contributions=False)
        fit(self.model, recorder, self.folder)
        self.assertEqual(len(recorder.records), 12)
        self.assertEqual(set(self.model.seen), {(True, True, False)})

    def test_training_is_not_disturbed(self):
        fit(self.model, pathscope.Recorder(self.model, IMAGES[:2], every=1), self.folder)
        torch.manual_seed(0)
        alone = Recurrent()
        fit(alone, pathscope.Recorder(alone, IMAGES[:2], every=1000), self.folder)
        for name, weight in alone.state_dict().items():
            self.assertTrue(torch.equal(weight, self.model.state_dict()[name]), name)

    def test_a_step_of_several_batches_is_recorded_once(self):
        recorder = pathscope.Recorder(self.model, IMAGES[:2], every=2, contributions=False)
        fit(self.model, recorder, self.folder, accumulate_grad_batches=3)
        self.assertEqual([record["step"] for record in recorder.records], [2, 4])

    def test_records_become_frames(self):
        recorder = pathscope.Recorder(self.model, IMAGES[:2], every=6)
        fit(self.model, recorder, self.folder)
        frame = recorder.to_frame()
        self.assertEqual(frame["step"].to_list(), [6, 12])
        self.assertEqual(frame["share_1"].dtype, polars.Float64)
        self.assertEqual(frame.rows(named=True), recorder.records)


class Progress(unittest.TestCase):
    def shown(self, **options):
        """Returns what is written to stderr while contributions are computed."""
        model = Recurrent().eval()
        with contextlib.redirect_stderr(io.StringIO()) as stderr, mock.patch("pathscope._progress._DELAY", 0.0):
            pathscope.contributions(model, IMAGES, resamples=0, **options)
        return stderr.getvalue()

    def test_a_bar_appears_where_tqdm_is(self):
        self.assertRegex(self.shown(), r"computing contributions: .*0/12")
        self.assertEqual(self.shown(progress=False), "")


if __name__ == "__main__":
    unittest.main()
