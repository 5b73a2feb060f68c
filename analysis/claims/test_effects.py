"""Tests of the effects on numbers that can be checked by hand."""

import math
import unittest

import effects
import numpy as np


def model(kind, seed, score, **settings):
    row = {
        "kind": kind,
        "seed": str(seed),
        "cc_norm2": "",
        "cc_raw2": str(score),
        "train_fraction": "1.0",
        "iterations": "2",
        "readout": "2-avg",
        "id": f"{kind}-{seed}-{settings.get('iterations', '')}",
    }
    return row | {name: str(value) for name, value in settings.items()}


class Intervals(unittest.TestCase):
    def test_quantiles_are_those_of_tables(self):
        for probability, degrees, expected in ((0.975, 1, 12.706), (0.975, 7, 2.3646), (0.8, 7, 0.8960)):
            self.assertAlmostEqual(effects.t_quantile(probability, degrees), expected, delta=2e-3)

    def test_a_mean_has_students_interval(self):
        found = effects.effect("", "", "", [1.0, 2.0, 3.0])
        # The standard error is 1 / √3, and the quantiles for two degrees of freedom are 4.3027 and 1.0607.
        self.assertEqual((found.n, found.estimate), (3, 2.0))
        self.assertAlmostEqual(found.high - 2.0, 4.3027 / math.sqrt(3), delta=2e-3)
        self.assertAlmostEqual(found.detectable, (4.3027 + 1.0607) / math.sqrt(3), delta=2e-3)
        self.assertTrue(math.isnan(effects.effect("", "", "", [1.0]).low))

    def test_groups_are_resampled_as_a_whole(self):
        groups = [[[0.0, 0.0], [1.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]
        found = effects.resampled("", "", "", groups, lambda xy: effects.correlation(*xy.T))
        self.assertEqual((found.n, found.estimate, found.low, found.high), (2, 0.0, -1.0, 1.0))
        # Resamples have r = -1, 0, 0 and 1, so a variance of 1/2, and the normal quantiles are 1.9600 and 0.8416.
        self.assertAlmostEqual(found.detectable, (1.9600 + 0.8416) * math.sqrt(0.5), delta=0.03)


class Claims(unittest.TestCase):
    def test_gains_are_of_the_same_seed_and_of_the_mean(self):
        rows = [
            model("feed-forward", 0, 0.1),
            model("feed-forward", 1, 0.3),
            model("recurrent", 0, 0.2),
            model("recurrent", 1, 0.3),
            model("recurrent", 0, 0.4, iterations=5),
        ]
        found = effects.gains(effects.Study(rows, []), 1.0)
        # The second seed lacks a model, so it does not count.
        self.assertEqual(found.keys(), {"2-avg, T = 2", "2-avg, T = 5", "all recurrent"})
        self.assertAlmostEqual(found["2-avg, T = 2"][0], 50.0)
        self.assertAlmostEqual(found["all recurrent"][0], 100.0)
        self.assertEqual(found["2-avg, T = 5"].keys(), {0})

    def test_multi_path_models_are_compared_with_their_originals(self):
        scores = {2: (0.2, 0.3, 0.5), 5: (0.4, 0.5)}
        rows = []
        for iterations, of_seeds in scores.items():
            lengths = {"average_path_length": iterations, "contribution_average_path_length": iterations}
            for seed, score in enumerate(of_seeds):
                original = model("recurrent", seed, score, iterations=iterations, **lengths)
                shorter = lengths | {"average_path_length": iterations - 0.5}
                copy = model("multi-path", seed, score - 0.1 * seed, iterations=iterations, **shorter)
                rows += [original, copy | {"original": original["id"]}]
        found = {each.of: each for each in effects.multi_path(effects.Study(rows, []))}
        # Differences are 0, -0.1 and -0.2 for the seeds, of which the third lacks T = 5.
        for kind, seeds, difference in (("all", 2, -0.05), ("2-avg, T = 2", 3, -0.1), ("2-avg, T = 5", 2, -0.05)):
            effect = found[f"score, {kind}, multi-path less recurrent"]
            self.assertEqual(effect.n, seeds)
            self.assertAlmostEqual(effect.estimate, difference)
        self.assertAlmostEqual(found["average path length by strength, all, multi-path less recurrent"].estimate, -0.5)

    def test_the_stronger_measure_is_told_from_the_weaker(self):
        random = np.random.default_rng(1)
        performance = random.normal(size=(8, 6))
        noise = random.normal(size=performance.shape)
        groups = np.stack([performance, noise, -performance], axis=-1)
        by_strength, by_contribution, more = effects.compared("", "x", groups)
        self.assertAlmostEqual(by_contribution.estimate, -1.0)
        self.assertLess(abs(by_strength.estimate), 0.4)
        self.assertGreater(more.low, 0.0)

    def test_lesions_are_compared_within_models(self):
        rows = [model("recurrent", seed, 0.2) for seed in range(3)]
        # Every lesion costs the second and third model more, and drops follow shares and not strengths.
        lesions = [
            {"model": row["id"], "removed": str(length), "drop_cc_raw": str(cost + share), "strength": str(strength),
             "share": str(share)}
            for cost, row in enumerate(rows)
            for length, strength, share in ((1, 0.5, 0.75), (2, 0.3, 0.0), (3, 0.2, 0.25))
        ]  # fmt: skip
        found = {each.of: each for each in effects.lesions(effects.Study(rows, lesions))}
        of = "drop in CC_raw, lesions of single lengths, 100 % of the data"
        self.assertAlmostEqual(found[f"{of}, by contribution"].estimate, 1.0)
        self.assertAlmostEqual(found[f"{of}, ρ within models, by contribution"].estimate, 1.0)
        self.assertAlmostEqual(
            found["drop in CC_raw, shortest less others, lesions of single lengths, 100 % of the data"].estimate, 0.625
        )

    def test_diversity_by_contribution_is_an_entropy(self):
        row = {"contribution_distribution": "1:0.5 2:0.5", "contribution_average_path_length": "1.5"}
        self.assertAlmostEqual(effects.quantity(row, "diversity", "contribution"), math.log(2))
        self.assertEqual(effects.quantity(row, "average path length", "contribution"), 1.5)


if __name__ == "__main__":
    unittest.main()
