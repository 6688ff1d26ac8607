"""Takes the pictures for the documentation: a record before and after an edit that a sync carried over.

`make screenshots` runs it. It needs chromium and chromedriver, and writes PNGs into docs/pictures.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scenarios"))

from chromium import Browser, chromium, missing  # noqa: E402  # the folders must be known first
from feedback import Story, handed_over  # noqa: E402

IMAGES = HERE.parents[1] / "docs" / "pictures"
WIDTH, HEIGHT = 1100, 850


def take(browser: Browser, story: Story) -> None:
    """HubSpot's page, the rep's edit in Salesforce, HubSpot's page again."""
    browser.window(WIDTH, HEIGHT)
    browser.open(story.in_hubspot())
    browser.picture(IMAGES / "record-before.png", HEIGHT)
    story.reject(browser)
    browser.picture(IMAGES / "record-edit.png", HEIGHT)
    story.sync()
    browser.open(story.in_hubspot())
    browser.picture(IMAGES / "record-after.png", HEIGHT)


def main() -> int:
    """Returns 2, with the reason, where there is no browser."""
    lacking = missing()
    if lacking is not None:
        print(lacking, file=sys.stderr)
        return 2
    IMAGES.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder, handed_over(Path(folder)) as story, chromium() as browser:
        take(browser, story)
    for image in sorted(IMAGES.glob("record-*.png")):
        print(f"{image.relative_to(IMAGES.parents[1])}  {image.stat().st_size // 1000} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
