"""Tables as frames of polars and pandas."""

import json
import math
import unittest

import numpy as np
import pandas
import pathscope
import polars

# The first has a readout mode and no missing number; the second is a program, whose paths have no readout mode.
CHECKPOINT = "fixtures/reference/recurrent-2block-t5-late-avg-softplus/best.pth"
NETWORK = "fixtures/reference/recurrent-1block-t3-no-avg/best.pth"
PROGRAM = "fixtures/programs/conv-gru/model.pt2"


def tables():
    """Returns every kind of table, by a name."""
    images = np.random.default_rng(0).random((2, 1, 50, 50), dtype=np.float32)
    found = pathscope.contributions(NETWORK, images, progress=False)
    named = {"contributions": found.table, "units": found.units_table([0, 1])}
    for name, file in (("checkpoint", CHECKPOINT), ("program", PROGRAM)):
        analysis = pathscope.analyze(file)
        named[f"lengths of {name}"] = analysis.lengths
        named[f"components of {name}"] = analysis.components
        named[f"strongest of {name}"] = analysis.strongest(5)
    return named


def missing(value):
    return value is None or value is pandas.NA or (isinstance(value, float) and math.isnan(value))


class Tables(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tables = tables()

    def assert_same(self, frame, table):
        """Compares a frame, as columns of Python's own values, with a table."""
        self.assertEqual(list(frame), table.columns)
        for name, column in table.to_dict().items():
            self.assertEqual(len(frame[name]), len(table))
            for found, expected in zip(frame[name], list(column), strict=True):
                if missing(expected):
                    self.assertTrue(missing(found), name)
                else:
                    self.assertEqual(found, expected, name)

    def test_polars_reads_them(self):
        for name, table in self.tables.items():
            with self.subTest(name):
                frame = polars.DataFrame(table)
                self.assert_same(frame.to_dict(as_series=False), table)
                self.assertTrue(frame.equals(table.to_frame()))
                self.assertTrue(frame.equals(table.to_frame("polars")))

    def test_pandas_reads_them(self):
        for name, table in self.tables.items():
            with self.subTest(name):
                frame = table.to_frame("pandas")
                self.assertIsInstance(frame, pandas.DataFrame)
                self.assert_same(frame.to_dict("list"), table)
                # What an older pandas has no reader of Arrow for, pathscope makes of arrays.
                if hasattr(pandas.DataFrame, "from_arrow"):
                    pandas.testing.assert_frame_equal(frame, pandas.DataFrame.from_arrow(table))

    def test_types_of_columns(self):
        lengths = polars.DataFrame(self.tables["lengths of checkpoint"]).schema
        self.assertEqual(lengths["readout"], polars.String)
        self.assertTrue(lengths["length"].is_integer())
        self.assertEqual(lengths["probability"], polars.Float64)
        frame = self.tables["lengths of checkpoint"].to_frame("pandas")
        self.assertTrue(pandas.api.types.is_integer_dtype(frame["length"]))
        self.assertTrue(pandas.api.types.is_float_dtype(frame["probability"]))
        self.assertTrue(pandas.api.types.is_string_dtype(frame["readout"]))

    def test_missing_values_are_null(self):
        lengths = polars.DataFrame(self.tables["lengths of program"])
        self.assertEqual(lengths["readout"].null_count(), len(lengths))
        self.assertEqual(lengths["probability"].null_count(), 0)
        self.assertTrue(self.tables["lengths of program"].to_frame("pandas")["readout"].isna().all())
        # The biases have no mark.
        contributions = polars.DataFrame(self.tables["contributions"])
        nulls = [column.null_count() for column in contributions]
        self.assertIn(1, nulls)
        floats = contributions.select(polars.col(polars.Float64).is_nan().any())
        self.assertFalse(any(floats.row(0)))

    def test_frames_are_those_of_the_document(self):
        frame = pathscope.analyze(CHECKPOINT).lengths.to_frame()
        document = json.loads(pathscope.analyze(CHECKPOINT).to_json())["ensembles"][0]["lengths"]
        self.assertEqual(frame["probability"].to_list(), [row["probability"] for row in document])

    def test_records_have_a_column_for_whatever_one_of_them_has(self):
        recorder = pathscope.Recorder(None, None)
        recorder.records.extend([{"step": 0, "diversity": None}, {"step": 10, "diversity": 1.5, "share_2": 0.25}])
        expected = {"step": [0, 10], "diversity": [None, 1.5], "share_2": [None, 0.25]}
        self.assertEqual(recorder.to_frame().to_dict(as_series=False), expected)
        frame = recorder.to_frame("pandas")
        self.assertEqual(list(frame), list(expected))
        self.assertEqual(frame["step"].tolist(), [0, 10])
        self.assertEqual(frame["share_2"].isna().tolist(), [True, False])
        self.assertEqual(frame["diversity"][1], 1.5)

    def test_unknown_libraries_are_refused(self):
        with self.assertRaisesRegex(pathscope.errors.InputError, "expected 'polars' or 'pandas', found 'numpy'"):
            self.tables["contributions"].to_frame("numpy")
        with self.assertRaisesRegex(pathscope.errors.InputError, "found 'panda'"):
            pathscope.Recorder(None, None).to_frame("panda")


if __name__ == "__main__":
    unittest.main()
