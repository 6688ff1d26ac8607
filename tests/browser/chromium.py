"""A Chromium without a window, driven by its own chromedriver: both of this machine, nothing is fetched."""

import base64
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import presence_of_element_located, staleness_of
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

PATIENCE_S = 30

FLAGS = (
    *("--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars", "--lang=en-GB"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


def missing() -> str | None:
    """What this machine lacks for tests in a browser, or None."""
    if shutil.which("chromium") and shutil.which("chromedriver"):
        return None
    return "no chromium and chromedriver here (Debian: apt-get install chromium chromium-driver)"


class Browser:
    """What a person does in a browser window, in words of a test."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(self, address: str) -> None:
        self.driver.get(address)

    def click(self, text: str, within: str = "main") -> None:
        """Clicks on the link or button with this text, and waits for the page that follows."""
        left = self.driver.find_element(By.TAG_NAME, "html")
        path = f"//{within}//*[self::a or self::button][normalize-space()='{text}' or @aria-label='{text}']"
        self.driver.find_element(By.XPATH, path).click()
        self.arrive(left)

    def arrive(self, left: WebElement) -> None:
        """Waits until the page that was left is gone and the next one is there."""
        WebDriverWait(self.driver, PATIENCE_S).until(staleness_of(left))
        WebDriverWait(self.driver, PATIENCE_S).until(presence_of_element_located((By.TAG_NAME, "footer")))

    def field(self, label: str) -> WebElement:
        """The input whose label begins so."""
        path = f"//label[starts-with(normalize-space(), '{label}')]"
        found = self.driver.find_element(By.XPATH, path).get_attribute("for")
        return self.driver.find_element(By.ID, str(found))

    def type(self, label: str, text: str) -> None:
        field = self.field(label)
        field.clear()
        field.send_keys(text)

    def choose(self, label: str, option: str) -> None:
        Select(self.field(label)).select_by_visible_text(option)

    @property
    def text(self) -> str:
        return str(self.driver.find_element(By.TAG_NAME, "body").text)

    def flags(self) -> list[str]:
        """What stands beside the name of a record, as label and value."""
        return [each.text for each in self.driver.find_elements(By.CSS_SELECTOR, ".flag")]

    def window(self, width: int, height: int = 900, dark: bool = False) -> None:
        """A window of this size in pixels, light or dark."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        size = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})
        return int(size["cssContentSize"]["width"] - size["cssLayoutViewport"]["clientWidth"])

    def picture(self, file: Path, height: int | None = None) -> None:
        """The page as a PNG: its first `height` pixels, or all of it."""
        size = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": height or size["height"], "scale": 1}
        shot = {"captureBeyondViewport": True, "clip": clip}
        file.write_bytes(
            base64.b64decode(self.driver.execute_cdp_cmd("Page.captureScreenshot", shot)["data"])
        )


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser with a fresh profile in which scripts are off: the pages must do without."""
    with TemporaryDirectory() as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = str(shutil.which("chromium"))
        for flag in (*FLAGS, f"--user-data-dir={profile}", *(["--no-sandbox"] if os.geteuid() == 0 else [])):
            options.add_argument(flag)
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
        driver = webdriver.Chrome(options, Service(str(shutil.which("chromedriver"))))
        try:
            yield Browser(driver)
        finally:
            driver.quit()
