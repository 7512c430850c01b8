"""Takes the pictures of the console in the documentation: `python docs/img/take_console.py`, in headless Chromium.

Plays the demo at 20 seconds a second from shortly before the leaking module is shut off: one picture live, dark, of an
operator; one light, of what was known eleven hours before.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image  # comes with matplotlib
from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).parent
FROM, LIVE, THEN = "2018-08-30T08:44:00Z", "T08:48", "2018-08-29T21:30:00Z"
COLOURS = 160
"""Few, so that the file stays small; chosen so that the rare ones, which are those of the alarms, stay."""


def keep(page: Any, name: str) -> None:
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE)
    picture.save(FOLDER / name, optimize=True)
    print(name, (FOLDER / name).stat().st_size)


def main() -> None:
    with tempfile.TemporaryDirectory() as work:
        command = [
            str(Path(sys.executable).with_name("hullwatch")),
            "console",
            "--demo",
            "--speed",
            "20",
            "--from",
            FROM,
        ]
        server = subprocess.Popen(  # noqa: S603
            [*command, "--port", "0", "--out", f"{work}/demo"], stdout=subprocess.PIPE, text=True
        )
        try:
            said = next(found for line in server.stdout or () if (found := re.search(r"http://\S+#token=\S+", line)))
            take(said.group())
        finally:
            server.terminate()


def take(address: str) -> None:
    plain = address.partition("#")[0]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        size: Any = {"width": 1280, "height": 800}
        live = browser.new_page(viewport=size, color_scheme="dark", reduced_motion="reduce")
        live.goto(address)
        while LIVE not in urllib.request.urlopen(f"{plain}api/v1/view").read(400).decode():  # noqa: S310
            live.wait_for_timeout(500)
        live.wait_for_timeout(3_000)
        keep(live, "console-live.png")
        then = browser.new_page(viewport=size, color_scheme="light", reduced_motion="reduce")
        then.goto(f"{plain}?at={THEN}")
        then.wait_for_timeout(3_000)
        keep(then, "console-history.png")
        browser.close()


if __name__ == "__main__":
    main()
