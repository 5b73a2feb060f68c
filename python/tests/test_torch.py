"""The package beside a real PyTorch."""

import unittest
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pathscope
import torch
from torch import nn


class Recurrent(nn.Module):
    """One recurrent block of three iterations, read out by a linear layer."""

    def __init__(self):
        super().__init__()
        self.bottom_up = nn.Conv2d(1, 4, 3, padding=1)
        self.lateral = nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(4) for _ in range(3))
        self.readout = nn.Linear(4 * 8 * 8, 5)

    def forward(self, x):
        driven = self.bottom_up(x)
        h = torch.relu(self.norms[0](driven))
        for norm in self.norms[1:]:
            h = torch.relu(norm(driven + self.lateral(h)))
        return self.readout(h.flatten(1))


class Undecided(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


def a_model():
    torch.manual_seed(0)
    return Recurrent().eval()


def some_images(count=4):
    return torch.rand(count, 1, 8, 8, generator=torch.Generator().manual_seed(1))


class Modules(unittest.TestCase):
    def test_a_module_gives_what_its_file_gives(self):
        model, images = a_model(), some_images()
        analysis = pathscope.analyze(model, images[:2])
        self.assertEqual(analysis.source, "Recurrent in memory")
        self.assertEqual(analysis.lengths["length"].tolist(), [1, 2, 3])
        with TemporaryDirectory() as folder:
            file = Path(folder, "model.pt2")
            torch.export.save(torch.export.export(model, (images[:2],)), file)
            from_file = pathscope.analyze(file)
        self.assertEqual(analysis.lengths.to_csv(), from_file.lengths.to_csv())
        self.assertEqual(analysis.components.to_csv(), from_file.components.to_csv())

    def test_one_image_is_enough_and_any_number_follows(self):
        model, images = a_model(), some_images(5)
        for count in (1, 5):
            found = pathscope.contributions(model, images[:count], resamples=0)
            with torch.no_grad():
                np.testing.assert_allclose(found.outputs, model(images[:count]).numpy(), atol=1e-5)
            np.testing.assert_allclose(found.array.sum(2) + found.bias, found.outputs, atol=1e-5)

    def test_one_model_is_one_program_whatever_images_it_is_given_with(self):
        model, images = a_model(), some_images(5)
        analysis = pathscope.analyze(model, images[:2])
        found = pathscope.contributions(model, images, resamples=0)
        fields = pathscope.receptive_fields(model, images[:1], [0])
        self.assertEqual({found.analysis.sha256, fields.sha256}, {analysis.sha256})
        with TemporaryDirectory() as folder:
            file = Path(folder, "model.html")
            analysis.report(file, found, fields)
            self.assertGreater(file.stat().st_size, 50_000)
            with torch.no_grad():
                model.lateral.weight.mul_(2)
            with self.assertRaisesRegex(pathscope.errors.InputError, "of another model"):
                analysis.report(file, pathscope.contributions(model, images, resamples=0))

    def test_receptive_fields_times_the_image_are_contributions(self):
        model, image = a_model(), some_images(1)
        found = pathscope.contributions(model, image, precision="double", resamples=0)
        fields = pathscope.receptive_fields(model, image, [0, 3], precision="double")
        self.assertEqual(fields.marks.tolist(), found.marks.tolist())
        products = (fields.filters * image.double().numpy()[:, None]).sum(axis=(2, 3, 4))
        np.testing.assert_allclose(products, found.array[0, [0, 3]], atol=1e-9)

    def test_models_that_cannot_be_exported_say_why(self):
        with self.assertRaisesRegex(pathscope.errors.ExportError, "(?s)Undecided cannot be exported.*torch.where"):
            pathscope.analyze(Undecided().eval(), some_images())
        with self.assertRaisesRegex(pathscope.errors.ModelError, "call model.eval"):
            pathscope.analyze(a_model().train(), some_images())
        with self.assertRaisesRegex(pathscope.errors.InputError, "give some"):
            pathscope.analyze(a_model())
        with self.assertRaisesRegex(pathscope.errors.ExportError, "(?s)cannot be exported.*"):
            pathscope.analyze(a_model(), torch.rand(2, 3, 8, 8))
        with self.assertRaisesRegex(pathscope.errors.ModelError, "TorchScript"):
            pathscope.analyze(torch.jit.trace(a_model(), some_images()), some_images())

    def test_the_model_and_its_mode_are_left_alone(self):
        model, images = a_model(), some_images()
        before = {name: weight.clone() for name, weight in model.state_dict().items()}
        pathscope.analyze(model, images)
        for name, weight in model.state_dict().items():
            self.assertTrue(torch.equal(weight, before[name]), name)

    def test_half_precision_and_other_dtypes_are_read(self):
        model = a_model().to(torch.bfloat16)
        analysis = pathscope.analyze(model, some_images())
        self.assertEqual(analysis.paths, 3)


class StateDicts(unittest.TestCase):
    def test_a_state_dict_gives_what_its_file_gives(self):
        file = "fixtures/reference/recurrent-2block-t5-late-avg-softplus/best.pth"
        config = str(Path(file).with_name("config_extra.json"))
        loaded = torch.load(file, map_location="cpu", weights_only=False)
        analysis = pathscope.analyze(loaded, config=config)
        self.assertEqual(analysis.source, "state_dict in memory")
        self.assertEqual(analysis.lengths.to_csv(), pathscope.analyze(file).lengths.to_csv())
        again = pathscope.analyze(loaded, config=config)
        self.assertEqual(analysis.sha256, again.sha256)

    def test_a_network_that_has_seen_no_image_is_named(self):
        with self.assertWarnsRegex(pathscope.PathscopeWarning, "norms.0 and 2 more have running variances of 1"):
            pathscope.analyze(a_model(), some_images())


class Recording(unittest.TestCase):
    def test_records_follow_the_weights(self):
        model, images = a_model().train(), some_images()
        recorder = pathscope.Recorder(model, images, every=2)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for step in range(5):
                optimizer.zero_grad()
                model(images).square().mean().backward()
                optimizer.step()
                recorder.step(step)
        self.assertTrue(model.training)
        self.assertEqual([record["step"] for record in recorder.records], [0, 2, 4])
        last = recorder.records[-1]
        self.assertNotEqual(recorder.records[0]["average_path_length"], last["average_path_length"])
        model.eval()
        analysis = pathscope.analyze(model, images)
        self.assertEqual(last["average_path_length"], analysis.average_path_length)
        found = pathscope.contributions(model, images, resamples=0)
        self.assertAlmostEqual(last["contribution_average_path_length"], found.average, places=12)
        self.assertAlmostEqual(last["share_1"], found.share[0], places=12)


if __name__ == "__main__":
    unittest.main()
