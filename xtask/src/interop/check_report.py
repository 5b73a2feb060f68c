"""Opens reports in Chromium, and holds what they compute against what pathscope's other commands say.

usage: check_report.py CASES.json

Prints a line of JSON for each check.
"""

import collections
import csv
import io
import json
import math
import pathlib
import re
import subprocess
import sys
from xml.etree import ElementTree

from browser import PAPER, SCREENS, Report
from circuits import iterations_of, random_net, shortened
from say import say, say_all
from selenium.webdriver.common.keys import Keys

MODES = ("no-avg", "early-avg", "late-avg", "2-avg")
# Of every number, relative.
TOLERANCE = 1e-12
NUMBERS = (
    "average_path_length",
    "length_std",
    "diversity_nats",
    "effective_paths",
    "paths",
    "total_strength",
    "log_strength",
)


def apart(found, expected):
    """How far a number is from what it should be, as a part of it; numbers around 0 by themselves."""
    if found is None or expected is None:
        return 0.0 if found is expected else math.inf
    return abs(found - expected) / max(abs(expected), 1e-3)


def number(text):
    return None if text == "" else float(text)


class Checker:
    def __init__(self, cases, report):
        self.pathscope, self.report = cases["pathscope"], report
        self.folder, self.pictures = pathlib.Path(cases["folder"]), pathlib.Path(cases["pictures"])

    def command(self, *arguments):
        return subprocess.run(
            [self.pathscope, "--quiet", *map(str, arguments)], check=True, capture_output=True, text=True
        ).stdout

    def written(self, name, *arguments):
        page = self.folder / f"{name}.html"
        self.command("report", *arguments, "--out", page)
        return page

    def paths(self, model, readout):
        """All paths as the command lists them: names of components, length and strength."""
        folder = self.folder / "listed"
        self.command("analyze", model, "--no-figures", "--out", folder)
        with open(folder / "paths.csv") as file:
            rows = [row for row in csv.DictReader(file) if row["readout"] in ("", readout)]
        return [(row["path"].split(" > "), int(row["length"]), float(row["strength"])) for row in rows]

    def lengths(self):
        return list(csv.DictReader(io.StringIO(self.report.saved("Save as CSV: Lengths", ".csv"))))

    def compare(self, expected):
        """How far the page is from an ensemble of the command."""
        found = self.report.numbers()
        worst = max(apart(found[name], expected[name]) for name in NUMBERS)
        rows = self.lengths()
        if [(int(row["length"]), int(row["paths"])) for row in rows] != [
            (row["length"], row["paths"]) for row in expected["lengths"]
        ]:
            return math.inf
        for row, of in zip(rows, expected["lengths"]):
            worst = max(
                worst, *(apart(number(row[name]), of[name]) for name in ("strength", "log_strength", "probability"))
            )
        label = self.report.run("return document.querySelector('.paths .bar button').getAttribute('aria-label')")
        listed = list(csv.DictReader(io.StringIO(self.report.saved(label, ".csv"))))
        strongest = expected["strongest"]
        if len(listed) < min(len(strongest), 10):
            return math.inf
        for row, of in zip(listed, strongest):
            names = ("strength", "log_strength", "probability")
            worst = max(worst, *(apart(number(row[name]), of[name]) for name in names))
        by_strength = collections.Counter(f"{of['log_strength']:.9e}" for of in strongest)
        for row, of in zip(listed, strongest):
            # Paths that are as strong as others may come in another order.
            is_alone = by_strength[f"{of['log_strength']:.9e}"] == 1 and of is not strongest[-1]
            if is_alone and row["path"] != " > ".join(of["path"]):
                return math.inf
        return worst

    def short_ensemble(self, model, iterations, mode):
        """The ensemble of a net with fewer iterations; None where these are too few for any path."""
        without = []
        while True:
            short = shortened(model, iterations, mode, self.folder / "short.safetensors", without)
            try:
                return json.loads(self.command("analyze", short, "--format", "json"))["ensembles"][0]
            except subprocess.CalledProcessError as error:
                # Layers of later iterations have no place any more.
                unexpected = re.findall(r"^ *unexpected (\S+)", error.stderr, re.MULTILINE)
                if not unexpected and re.search("no path|nothing is left|no paths", error.stderr):
                    return None
                if not unexpected:
                    raise AssertionError(error.stderr) from error
                without += unexpected

    def check_numbers(self, model, lengths=None):
        """Every readout mode, and every number of iterations or some of them."""
        self.report.open(self.written("numbers", model))
        worst, count, without = 0.0, 0, 0
        for iterations in lengths or range(iterations_of(model), 0, -1):
            for mode in MODES:
                self.report.choose(mode, iterations)
                expected = self.short_ensemble(model, iterations, mode)
                if expected is None:
                    without += 1
                    worst = max(worst, self.report.numbers()["paths"])
                else:
                    worst, count = max(worst, self.compare(expected)), count + 1
        say(
            "numbers", count and worst <= TOLERANCE, f"of {count} readouts, {worst:.1e} apart; {without} without a path"
        )

    def check_knocked_out(self, model):
        """Each component knocked out, its share, and what is lit for each length, from the list of all paths."""
        self.report.open(self.written("knocked-out", model))
        analysis = json.loads(self.command("analyze", model, "--format", "json"))
        mode = self.report.run("return document.querySelector('[data-key=mode]').value")
        paths = self.paths(model, mode)
        total = sum(strength for _, _, strength in paths)
        shares = {
            row["name"]: row
            for row in csv.DictReader(io.StringIO(self.report.saved("Save as CSV: Components", ".csv")))
        }
        worst = 0.0
        for index, component in enumerate(analysis["components"]):
            name = component["name"]
            through = [path for path in paths if name in path[0]]
            worst = max(worst, apart(float(shares[name]["share"]), sum(strength for _, _, strength in through) / total))
            worst = max(
                worst,
                apart(float(shares[name]["strength"]), component["strength"]),
                abs(int(shares[name]["uses"]) - component["uses"]),
            )
            knock = f'[data-key="knock {index} of the table"]'
            self.report.press(knock)
            left = [path for path in paths if name not in path[0]]
            rows = {int(row["length"]): row for row in self.lengths()}
            by_length = collections.defaultdict(list)
            for _, length, strength in left:
                by_length[length].append(strength)
            counts = {length: int(row["paths"]) for length, row in rows.items()}
            if counts != {length: len(strengths) for length, strengths in by_length.items()}:
                worst = math.inf
            worst = max(
                [
                    worst,
                    *(
                        apart(float(rows[length]["strength"]), sum(strengths))
                        for length, strengths in by_length.items()
                    ),
                ]
            )
            if self.report.focused() != f"knock {index} of the table":
                worst = math.inf
            self.report.press(knock)
        say("knocked out", worst <= TOLERANCE, f"{len(analysis['components'])} components, {worst:.1e} apart")
        self.check_lit(paths)

    def lit(self, drawing):
        script = """return [...document.querySelectorAll(`[aria-label="${arguments[0]}"] .part.lit`)].map((part) => part.dataset.part)"""
        return set(self.report.run(script, drawing))

    def check_lit(self, paths):
        """A length lights up the components of its paths, by mouse as by keyboard, and a path its own."""
        wrong = []
        lengths = sorted({length for _, length, strength in paths if strength > 0})
        for turn, length in enumerate(lengths):
            self.report.press(f'[data-key="Path length distribution {length}"]', Keys.ENTER if turn % 2 else None)
            expected = {name for names, of, strength in paths if of == length and strength > 0 for name in names}
            found = {name for name in self.lit("Unrolled") if "[" in name}
            listed = self.report.all(".paths tbody tr")
            count = sum(1 for _, of, strength in paths if of == length and strength > 0)
            if found != expected or len(listed) != min(count, 10):
                wrong.append(
                    f"length {length}: {sorted(found)}, expected {sorted(expected)}; {len(listed)} of {count} paths"
                )
        self.report.press('[data-key="path 0"]', Keys.ENTER)
        found = {name for name in self.lit("Unrolled") if "[" in name}
        names = self.report.one('[data-key="path 0"] .path').text.split(" > ")
        if found != set(names):
            wrong.append(f"a path: {sorted(found)}, expected {sorted(set(names))}")
        say("lit up", not wrong, "; ".join(wrong) or f"{len(lengths)} lengths and a path")

    def check_embedded(self, model, *more):
        page = self.written("embedded", model, *more)
        expected = self.command("analyze", model, "--format", "json")
        self.report.open(page)
        found = self.report.run("return document.getElementById('analysis-1').textContent")
        text = page.read_text()
        say(
            "analysis",
            found == expected.replace("<", "\\u003c") and expected.replace("<", "\\u003c") in text,
            f"{len(expected)} bytes",
        )
        data = self.report.run("return document.getElementById('report').textContent.length")
        rest = len(text.encode()) - data - len(expected)
        say("size", rest <= 300_000, f"{rest} bytes beside {data + len(expected)} of data")

    def check_keyboard(self, model):
        """Everything by the keyboard alone."""
        self.report.open(self.written("keyboard", model))
        seen = []
        for _ in range(60):
            self.report.keys(Keys.TAB)
            seen.append(self.report.focused())
        for expected in ("mode", "iterations", "path 0", "Unrolled 0", "Rolled 0", "knock 0 of the table"):
            if expected not in seen:
                say("Tab", False, f"does not reach {expected}: {seen}")
                return
        self.report.hover('[data-key="Unrolled 2"]')
        told = self.report.one(".details").text
        say("hovering", "strength" in told and "of the ensemble's strength" in told, told)
        self.report.run("document.querySelector('[data-key=\"Unrolled 0\"]').focus()")
        self.report.keys(Keys.ARROW_RIGHT)
        moved = self.report.focused() == "Unrolled 1"
        told = self.report.one(".details").text
        self.report.keys(Keys.ENTER)
        pressed = self.report.one('[data-key="Unrolled 1"]').get_attribute("aria-pressed")
        outline = self.report.run(
            "return getComputedStyle(document.activeElement.querySelector('.outline')).strokeWidth"
        )
        say("arrow keys", moved and "strength" in told and pressed == "true" and outline == "4px", told)
        bare = self.report.run("""return [...document.querySelectorAll('button, select, input, [role=button], [role=img], [role=region], svg')]
            .filter((one) => !(one.getAttribute('aria-label') || one.textContent.trim() || one.closest('label'))).map((one) => one.outerHTML)""")
        say("names", not bare, f"everything has one{bare}" if not bare else str(bare))

    def check_saved(self, model, *more):
        self.report.open(self.written("saved", model, *more))
        buttons = self.report.run(
            "return [...document.querySelectorAll('button[aria-label^=Save]')].map((one) => one.getAttribute('aria-label'))"
        )
        pictures, tables = 0, 0
        for label in buttons:
            if label.startswith("Save as SVG"):
                drawing = ElementTree.fromstring(self.report.saved(label, ".svg"))
                texts = [element for element in drawing.iter() if element.tag.endswith("}text")]
                assert drawing.tag.endswith("}svg") and all(
                    "var(" not in str(element.attrib) for element in drawing.iter()
                ), label
                assert texts and all(element.get("fill") for element in texts), label
                pictures += 1
            else:
                rows = list(csv.reader(io.StringIO(self.report.saved(label, ".csv"))))
                assert len(rows) > 1 and len({len(row) for row in rows}) == 1, label
                tables += 1
        say("saved", pictures and tables, f"{pictures} figures, {tables} tables")

    def check_quiet(self, what):
        complaints, requests = self.report.complaints(), self.report.requests()
        say("console", not complaints, f"of {what}: {complaints or 'nothing'}")
        say("network", not requests, f"of {what}: {requests or 'nothing asked'}")

    def check_looks(self, name, *arguments):
        """Pictures to look at, and nothing wider than its screen."""
        page = self.written(name, *arguments)
        for screen, width, height in SCREENS:
            for scheme in ("light", "dark"):
                self.report.media(scheme=scheme)
                self.report.open(page, width, height)
                say(f"{screen}, {scheme}", self.report.overflow() <= 0, f"{self.report.overflow()} pixels too wide")
                self.report.picture(self.pictures / f"{name}-{screen}-{scheme}.png")
        self.report.open(page, PAPER, 1000)
        self.report.media("print")
        say("print", self.report.overflow() <= 0, f"{self.report.overflow()} pixels too wide")
        self.report.picture(self.pictures / f"{name}-print.png")
        self.report.media()
        self.check_quiet(name)

    def check_net(self, model):
        self.check_numbers(model)
        self.check_knocked_out(model)
        self.check_embedded(model)
        self.check_quiet("these")

    def check_random(self, blocks, iterations, scale, lengths):
        """Numbers that are no whole ones, and strengths beyond the range of doubles."""
        model = random_net(blocks, iterations, scale, self.folder / "random.safetensors")
        self.check_numbers(model, lengths)
        if iterations < 10:
            self.check_knocked_out(model)
        self.check_quiet("these")

    def check_too_large(self):
        """A graph that the page does not compute with: it says so, and has the numbers of the command."""
        model = random_net(2, 700, 1.0, self.folder / "too-large.safetensors")
        self.report.open(self.written("too-large", model))
        expected = json.loads(self.command("analyze", model, "--format", "json"))["ensembles"][0]
        said = self.report.one(".warning").text
        rows = list(csv.DictReader(io.StringIO(self.report.saved("Save as CSV: Lengths, late-avg", ".csv"))))
        counts = [row["paths"] for row in rows] == [str(row["paths"]) for row in expected["lengths"]]
        worst = max(
            apart(number(row["probability"]), of["probability"])
            for row, of in zip(rows, expected["lengths"], strict=True)
        )
        say("too large", "nodes" in said and counts and worst == 0.0, said)
        self.check_quiet("these")

    def check_names(self, model):
        """Names that look like markup are names."""
        named = self.folder / "<i>&amp;'\\u003c.safetensors"
        named.write_bytes(pathlib.Path(model).read_bytes())
        self.check_embedded(named)
        say("title", self.report.driver.title == named.name, self.report.driver.title)
        saved = self.report.run("return asWritten(dataText('analysis-1'))")
        say("saved analysis", saved == self.command("analyze", named, "--format", "json"), named.name)
        self.check_quiet("these")

    def check_program(self, model):
        self.report.open(self.written("program", model))
        expected = json.loads(self.command("analyze", model, "--format", "json"))["ensembles"][0]
        worst = self.compare(expected)
        say("numbers", worst <= TOLERANCE, f"{worst:.1e} apart")
        self.check_embedded(model)
        self.check_quiet("these")

    def check_contributions(self, model, images):
        self.report.open(self.written("contributions", model, "--images", images, "--receptive-fields"))
        arguments = ["contributions", model, "--images", images, "--format", "json"]
        expected = json.loads(self.command(*arguments))
        rows = list(csv.DictReader(io.StringIO(self.report.saved("Save as CSV: Contributions of all units", ".csv"))))
        parts = [*expected["population"]["parts"], expected["population"]["biases"]]
        names = ("mean", "mean_absolute", "share", "variance_share")
        worst = max(
            apart(number(row[name]), part[name]) for row, part in zip(rows, parts, strict=True) for name in names
        )
        say("shares", worst <= TOLERANCE, f"{worst:.1e} apart")
        self.report.run("""const [unit, image] = document.querySelectorAll('.contributions select');
            for (const [select, value] of [[unit, '1'], [image, '2']]) { select.value = value; select.dispatchEvent(new Event('change')); }""")
        rows = list(
            csv.DictReader(io.StringIO(self.report.saved("Save as CSV: Contributions to unit 1 for image 2", ".csv")))
        )
        *parts, output = [float(row["contribution"]) for row in rows]
        say(
            "one image",
            abs(sum(parts) - output) <= 1e-5 * max(map(abs, parts)),
            f"{len(parts)} parts and their sum {output:.4f}",
        )
        fields = self.report.run("return document.querySelectorAll('.fields image').length")
        say("receptive fields", fields == len(parts) - 1, f"{fields}")
        self.check_saved(model, "--images", images, "--receptive-fields")
        self.check_quiet("these")


def main():
    cases = json.loads(pathlib.Path(sys.argv[1]).read_text())
    with Report(cases["chromium"], cases["driver"]) as report:
        checker = Checker(cases, report)
        for net in cases["nets"]:
            say_all(pathlib.Path(net).stem, checker.check_net, net)
        say_all("random", checker.check_random, 2, 5, 1.0, None)
        say_all("large", checker.check_random, 2, 30, 1e30, (30, 9))
        say_all("small", checker.check_random, 3, 40, 1e-30, (40, 9))
        say_all("too large", checker.check_too_large)
        say_all("names", checker.check_names, cases["nets"][0])
        for program in cases["programs"]:
            say_all(pathlib.Path(program).parent.name, checker.check_program, program)
        say_all("contributions", checker.check_contributions, cases["whole"], cases["images"])
        say_all("keyboard", checker.check_keyboard, cases["whole"])
        say_all("models", checker.check_looks, "models", *cases["nets"][:4])
        say_all("study", checker.check_looks, "study", cases["study"])
        say_all("a program", checker.check_looks, "program", cases["programs"][0])
        say_all(
            "a model", checker.check_looks, "model", cases["whole"], "--images", cases["images"], "--receptive-fields"
        )


main()
