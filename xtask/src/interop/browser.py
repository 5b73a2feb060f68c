"""A report in a headless Chromium, as a reader has it: by mouse, keyboard and what is downloaded."""

import base64
import json
import os
import pathlib
import tempfile
import time

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

# Name, width and height of the screens that a report is looked at on.
SCREENS = [("phone", 390, 844), ("laptop", 1366, 768)]
# What a sheet of A4 has room for at 96 dots an inch.
PAPER = 718


class Report:
    """An open report."""

    def __init__(self, chromium, driver):
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        for flag in (
            "--headless=new",
            "--disable-gpu",
            "--hide-scrollbars",
            "--disable-dev-shm-usage",
            "--no-first-run",
        ):
            options.add_argument(flag)
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.downloads = tempfile.TemporaryDirectory()
        self.driver = webdriver.Chrome(service=webdriver.ChromeService(executable_path=driver), options=options)
        self.addresses = set()

    def __enter__(self):
        self.driver.execute_cdp_cmd(
            "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": self.downloads.name}
        )
        return self

    def __exit__(self, *_):
        self.driver.quit()
        self.downloads.cleanup()

    def open(self, page, width=1366, height=768):
        self.size(width, height)
        address = pathlib.Path(page).resolve().as_uri()
        self.addresses.add(address)
        self.driver.get(address)

    def size(self, width, height):
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def media(self, kind="", scheme="light"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": kind, "features": features})

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def choose(self, mode, iterations):
        """Sets the readout mode and the number of iterations, as a reader does."""
        Select(self.one("[data-key=mode]")).select_by_value(mode)
        number = self.one("[data-key=iterations]")
        number.send_keys(Keys.CONTROL, "a")
        number.send_keys(str(iterations), Keys.TAB)

    def press(self, selector, key=None):
        element = self.one(selector)
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        if key is None:
            element.click()
        else:
            self.run("arguments[0].focus()", element)
            element.send_keys(key)

    def hover(self, selector):
        ActionChains(self.driver).move_to_element(self.one(selector)).perform()

    def focused(self):
        return self.run("return document.activeElement?.getAttribute('data-key')")

    def keys(self, *keys):
        self.driver.switch_to.active_element.send_keys(*keys)

    def numbers(self):
        """The numbers of the ensemble, as the page has them in full."""
        found = {
            item.get_attribute("data-number"): item.get_attribute("data-value") for item in self.all("[data-number]")
        }
        return {name: None if value == "null" else json.loads(value) for name, value in found.items()}

    def saved(self, label, ending):
        """Presses a button, and returns the text of the file that comes."""
        folder = pathlib.Path(self.downloads.name)
        for old in folder.iterdir():
            old.unlink()
        self.run('document.querySelector(`[aria-label="${arguments[0]}"]`).click()', label)
        for _ in range(400):
            files = [file for file in folder.iterdir() if file.suffix == ending]
            if files and not list(folder.glob("*.crdownload")):
                return files[0].read_text()
            time.sleep(0.05)
        raise AssertionError(f"nothing is saved by {label}")

    def complaints(self):
        """What the console says."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self):
        """What was asked for beside the pages themselves."""
        found = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return [url for url in found if url not in self.addresses and not url.startswith(("data:", "blob:"))]

    def overflow(self):
        """By how many pixels the page is wider than its window."""
        return self.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def picture(self, file):
        """Saves the whole page as a picture."""
        size = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 12_000), "scale": 1}
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
        pathlib.Path(file).write_bytes(base64.b64decode(shot["data"]))
