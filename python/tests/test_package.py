"""The package without PyTorch: what installing the wheel into a bare environment gives."""

import ast
import dataclasses
import doctest
import importlib
import inspect
import json
import multiprocessing
import os
import pickle
import pkgutil
import signal
import subprocess
import sys
import threading
import time
import unittest
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pathscope
from pathscope import _pathscope

NET = "fixtures/nets/fig5.safetensors"
CHECKPOINT = "fixtures/reference/recurrent-2block-t5-late-avg-softplus/best.pth"
NETWORK = "fixtures/reference/recurrent-1block-t3-no-avg/best.pth"


def command(*arguments):
    run = subprocess.run([sys.executable, "-m", "pathscope", *arguments], capture_output=True, text=True, check=False)
    if run.returncode:
        raise AssertionError(run.stderr)
    return run.stdout


def some_images(count=2, size=50):
    return np.random.default_rng(0).random((count, 1, size, size), dtype=np.float32)


def distribution_of(path):
    return pathscope.analyze(path).lengths.to_csv()


class Analysis(unittest.TestCase):
    def test_numbers_are_those_of_the_command(self):
        for file in (NET, CHECKPOINT):
            self.assertEqual(pathscope.analyze(file).to_json(), command("analyze", file, "--format", "json"))

    def test_properties_are_those_of_the_document(self):
        analysis = pathscope.analyze(CHECKPOINT)
        document = json.loads(analysis.to_json())["ensembles"][0]
        self.assertEqual(analysis.paths, document["paths"])
        self.assertEqual(analysis.average_path_length, document["average_path_length"])
        self.assertEqual(analysis.diversity, document["diversity_nats"])
        self.assertEqual(analysis.lengths["probability"].tolist(), [row["probability"] for row in document["lengths"]])
        strongest = [" > ".join(row["path"]) for row in document["strongest"]]
        self.assertEqual(analysis.strongest(10)["path"], strongest)

    def test_a_readout_is_chosen_where_the_file_names_none(self):
        analysis = pathscope.analyze("fixtures/nets/readouts.safetensors")
        self.assertGreater(len(analysis.ensembles), 1)
        with self.assertRaisesRegex(pathscope.errors.InputError, "names no readout mode"):
            _ = analysis.average_path_length
        chosen = pathscope.analyze("fixtures/nets/readouts.safetensors", readout="2-avg")
        self.assertEqual(chosen.average_path_length, analysis["2-avg"].average_path_length)

    def test_figures_are_saved_and_shown(self):
        analysis = pathscope.analyze(NET)
        with TemporaryDirectory() as folder:
            file = Path(folder, "fig4a.svg")
            for name in ("circuit", "circuit-paths", "ensemble", "distribution"):
                figure = analysis.figure(name, width=89)
                figure.save(file)
                self.assertEqual(file.read_text(encoding="utf-8"), figure._repr_svg_())
                self.assertTrue(figure.svg.startswith("<svg"))
        self.assertIn("<svg", analysis._repr_html_())
        with self.assertRaisesRegex(pathscope.errors.InputError, "expected 'circuit'"):
            analysis.figure("circle")

    def test_tables_go_to_numpy_and_arrow(self):
        table = pathscope.analyze(NET).lengths
        self.assertEqual(table.shape, (3, 6))
        self.assertEqual(table["length"].dtype, np.int64)
        self.assertEqual(table["probability"].tolist(), [0.5, 0.25, 0.25])
        self.assertEqual(type(table.__arrow_c_stream__()).__name__, "PyCapsule")
        self.assertEqual(list(table.to_dict()), table.columns)
        self.assertIn("no-avg", repr(table))
        self.assertTrue(table.to_csv().startswith("readout,length,paths"))
        with self.assertRaisesRegex(KeyError, "there are readout, length"):
            table["lengths"]

    def test_errors_name_the_file_and_what_to_do(self):
        with self.assertRaisesRegex(pathscope.errors.ModelError, "nowhere.pt: .*check its name"):
            pathscope.analyze("nowhere.pt")
        with self.assertRaisesRegex(TypeError, "unknown option 'readouts'"):
            pathscope.analyze(NET, readouts="no-avg")
        with self.assertRaisesRegex(pathscope.errors.InputError, "readout: .*late-avg"):
            pathscope.analyze(NET, readout="none")
        with self.assertRaisesRegex(pathscope.errors.InputError, "a model is a path"):
            pathscope.analyze(3)

    def test_a_state_dict_of_arrays_is_analyzed_in_memory(self):
        weights = {"layer.weight": np.ones((2, 2, 3, 3), np.float32)}
        with self.assertRaisesRegex(pathscope.errors.ModelError, "state_dict in memory: "):
            pathscope.analyze(weights)
        with self.assertRaisesRegex(pathscope.errors.ModelError, "has no tensors"):
            pathscope.analyze({"epoch": 3})


class Texts(unittest.TestCase):
    def test_flags_are_keyword_arguments(self):
        with self.assertRaisesRegex(pathscope.errors.ModelError, "begin, end, input, output, count and gates are for"):
            pathscope.analyze(NET, begin="conv")
        with self.assertRaisesRegex(pathscope.errors.OutputError, "another place with path"):
            pathscope.analyze(NET).report("nowhere/report.html")

    def test_names_of_files_stay_what_they_are(self):
        with self.assertRaisesRegex(pathscope.errors.ModelError, "^run--key/best--to.pth: "):
            pathscope.analyze("run--key/best--to.pth")


class Circuits(unittest.TestCase):
    def test_a_circuit_is_unrolled_and_read(self):
        unrolled = pathscope.unroll(pathscope.Circuit(blocks=1, iterations=3))
        self.assertEqual(len(unrolled.nodes), 12)
        self.assertEqual(unrolled.edges.shape[1], 2)
        ensemble = unrolled.ensemble(dict.fromkeys(unrolled.components, 1.0), readout="no-avg")
        self.assertEqual((ensemble.paths, ensemble.average_path_length), (3, 2.0))
        self.assertIn("<svg", ensemble.figure().svg)

    def test_connections_are_given_as_tuples(self):
        top_down = [(1, 2, 0), (2, 3, 0), (3, 2, 1)]
        circuit = pathscope.Circuit(2, 2, top_down, readout="no-avg", normalization="none")
        self.assertEqual(circuit.connections[2], "conv[2].top_down[3]")
        self.assertEqual(pickle.loads(pickle.dumps(circuit)).to_json(), circuit.to_json())
        with self.assertRaisesRegex(pathscope.errors.CircuitError, "without delay"):
            pathscope.Circuit(2, 2, [(1, 2, 0), (2, 3, 0), (3, 2, 0)])

    def test_strengths_are_complete_and_not_negative(self):
        unrolled = pathscope.unroll(pathscope.Circuit(1, 1))
        names = unrolled.components
        for strengths, problem in (
            ({}, "has no strength"),
            (dict.fromkeys([*names, "conv[9]"], 1.0), "no component"),
            (dict.fromkeys(names, -1.0), "finite number from 0"),
            (dict.fromkeys(names, float("nan")), "finite number from 0"),
        ):
            with self.assertRaisesRegex(pathscope.errors.InputError, problem):
                unrolled.ensemble(strengths, "no-avg")


class Contributions(unittest.TestCase):
    def test_arrays_are_those_of_the_command(self):
        images = some_images()
        found = pathscope.contributions(NETWORK, images)
        with TemporaryDirectory() as folder:
            file = Path(folder, "images.npy")
            np.save(file, images)
            command("contributions", NETWORK, "--images", str(file), "--out", f"{folder}/out", "--no-figures")
            expected = np.load(f"{folder}/out/contributions.npy")
            document = json.loads(Path(folder, "out/contributions.json").read_text(encoding="utf-8"))
        np.testing.assert_array_equal(found.array, expected[..., :-1])
        np.testing.assert_array_equal(found.bias, expected[..., -1])
        ours = json.loads(found.to_json())
        for key in ("population", "units", "settings", "warnings", "source"):
            self.assertEqual(ours[key], document[key], key)
        self.assertEqual(
            ours["images_source"]["sha256"]["images in memory"], document["images_source"]["sha256"]["images.npy"]
        )

    def test_shapes_and_shares(self):
        found = pathscope.contributions(NETWORK, some_images(3), resamples=0)
        images, units, lengths = found.array.shape
        self.assertEqual((images, lengths), (3, 3))
        self.assertEqual(found.bias.shape, (images, units))
        self.assertEqual(found.unit_variance_share.shape, (units, lengths))
        np.testing.assert_allclose(found.share.sum(), 1.0)
        np.testing.assert_allclose(found.array.sum(axis=2) + found.bias, found.outputs, atol=1e-4)
        with self.assertRaisesRegex(ValueError, "read-only"):
            found.array[0, 0, 0] = 1.0
        self.assertEqual(len(found.table), lengths + 1)
        self.assertEqual(len(found.units_table()), units * (lengths + 1))

    def test_every_grouping_adds_up(self):
        images = some_images(1)
        total = pathscope.contributions(NETWORK, images, precision="double").array.sum(axis=2)
        for by in ("iteration", "path"):
            found = pathscope.contributions(NETWORK, images, precision="double", by=by)
            np.testing.assert_allclose(found.array.sum(axis=2), total, atol=1e-9, err_msg=by)
        by_block = pathscope.contributions(NETWORK, images, precision="double", by="block")
        self.assertEqual(list(by_block), ["block 2"])
        for name, found in by_block.items():
            self.assertEqual((found.by, found.name), ("block", name))
            np.testing.assert_allclose(found.array.sum(axis=2), total, atol=1e-9, err_msg=name)

    def test_images_that_do_not_fit_are_refused(self):
        images = some_images()
        broken = images.copy()
        broken[1, 0, 3, 4] = np.nan
        for wrong, problem in (
            ((images * 255).astype(np.uint8), "a model sees floats"),
            (images[0, 0], "expected \\[number, channels"),
            (images[:0], "there are none"),
            (broken, "not all finite: at \\[1, 0, 3, 4\\]"),
            (np.repeat(images, 3, axis=1), "3 channels"),
        ):
            with self.assertRaisesRegex(pathscope.errors.InputError, problem):
                pathscope.contributions(NETWORK, wrong)
        with self.assertRaisesRegex(pathscope.errors.InputError, "unit 10000"):
            pathscope.contributions(NETWORK, images).figure(unit=10000)

    def test_reports_hold_the_analysis_and_contributions(self):
        found = pathscope.contributions(NETWORK, some_images(), progress=False)
        analysis = pathscope.analyze(NETWORK)
        with TemporaryDirectory() as folder:
            file = Path(folder, "model.html")
            analysis.report(file, found)
            page = file.read_text(encoding="utf-8")
            self.assertIn(analysis.to_json().replace("<", "\\u003c"), page)
            self.assertIn('"contributions":{', page)
            with self.assertRaisesRegex(pathscope.errors.InputError, "of another model .* than the analysis"):
                pathscope.analyze(NET).report(file, found)
            self.assertEqual(file.read_text(encoding="utf-8"), page)

    def test_reports_show_receptive_fields(self):
        analysis, images = pathscope.analyze(NETWORK), some_images(1)
        fields = pathscope.receptive_fields(NETWORK, images, [0, 2], progress=False)
        self.assertEqual((fields.by, fields.sha256), ("length", analysis.sha256))
        with TemporaryDirectory() as folder:
            file = Path(folder, "model.html")
            analysis.report(file, receptive_fields=fields)
            self.assertIn('"fields":{"marks":[1,2,3],"units":[0,2]', file.read_text(encoding="utf-8"))
            by_iteration = pathscope.receptive_fields(NETWORK, images, [0], by="iteration", progress=False)
            for wrong, problem in (
                (by_iteration, "receptive fields by 'length'"),
                (dataclasses.replace(fields, sha256="0" * 64), "of another model"),
                (dataclasses.replace(fields, marks=fields.marks[:2]), "do not fit filters"),
            ):
                with self.assertRaisesRegex(pathscope.errors.InputError, problem):
                    analysis.report(file, receptive_fields=wrong)

    def test_contributions_are_pickled(self):
        found = pathscope.contributions(NETWORK, some_images(1))
        copy = pickle.loads(pickle.dumps(found))
        np.testing.assert_array_equal(copy.array, found.array)
        self.assertEqual(copy.to_json(), found.to_json())
        self.assertIsNone(copy.analysis)
        with self.assertRaisesRegex(TypeError, "to_json"):
            pickle.dumps(found.analysis)


class Processes(unittest.TestCase):
    def test_threads_and_forks_compute_too(self):
        expected = distribution_of(CHECKPOINT)
        found = []
        threads = [threading.Thread(target=lambda: found.append(distribution_of(CHECKPOINT))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(found, [expected] * 4)
        for method in multiprocessing.get_all_start_methods():
            with warnings.catch_warnings():
                # Python warns of forks beside threads; that they work is what is tested.
                warnings.simplefilter("ignore", DeprecationWarning)
                with multiprocessing.get_context(method).Pool(2) as pool:
                    results = pool.map_async(distribution_of, [CHECKPOINT] * 2)
                    self.assertEqual(results.get(120), [expected] * 2, method)

    @unittest.skipIf(os.name == "nt", "there are no signals")
    def test_interrupts_stop_a_computation(self):
        images = some_images(2000)
        begun = time.monotonic()
        timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with self.assertRaises(KeyboardInterrupt):
            pathscope.contributions(NETWORK, images, batch=4, progress=False)
        self.assertLess(time.monotonic() - begun, 60)

    def test_importing_brings_nothing_that_is_not_used(self):
        code = "import sys, pathscope; print(sorted({'numpy', 'torch', 'polars', 'pandas', 'matplotlib'} & set(sys.modules)))"
        loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        self.assertEqual(loaded.strip(), "[]")

    def test_the_command_is_there(self):
        self.assertIn(pathscope.__version__, command("--version"))
        run = subprocess.run([sys.executable, "-m", "pathscope", "frobnicate"], capture_output=True, check=False)
        self.assertEqual(run.returncode, 2)


class Documentation(unittest.TestCase):
    def test_editors_show_the_documentation_of_the_compiled_half(self):
        stub = ast.parse(Path(pathscope.__path__[0], "_pathscope.pyi").read_text(encoding="utf-8"))
        classes = {node.name: node for node in stub.body if isinstance(node, ast.ClassDef)}
        for kind in filter(inspect.isclass, vars(_pathscope).values()):
            node = classes[kind.__name__]
            self.assertEqual(ast.get_docstring(node), inspect.getdoc(kind))
            bodies = [*node.body, *(part for base in node.bases for part in classes[base.id].body)]
            shown = {part.name: text for part in bodies if (text := documentation(part))}
            public = [member for member in vars(kind) if not member.startswith("_")]
            self.assertEqual(shown, {member: inspect.getdoc(getattr(kind, member)) for member in public})


def documentation(node):
    """Returns the documentation of a method."""
    return ast.get_docstring(node) if isinstance(node, ast.FunctionDef) else None


def load_tests(_loader, tests, _pattern):
    """Adds the examples in docstrings."""
    for module in pkgutil.iter_modules(pathscope.__path__):
        if module.name != "__main__":
            tests.addTests(doctest.DocTestSuite(importlib.import_module(f"pathscope.{module.name}")))
    tests.addTests(doctest.DocTestSuite(pathscope))
    return tests


if __name__ == "__main__":
    unittest.main()
