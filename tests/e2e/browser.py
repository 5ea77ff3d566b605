"""What a browser makes of a page, as JSON: run inside a network namespace.

    browser.py WIDTH light|dark URL...

For each URL one line: what was measured in headless Chromium at WIDTH columns.
A URL is opened in the same session as those before it, cookies kept.
"""
import json
import sys
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

MEASURE = """
const all = [...document.querySelectorAll('*')];
const ratio = (a, b) => { const [x, y] = [a, b].sort((m, n) => n - m);
                          return (x + 0.05) / (y + 0.05); };
const light = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(n => n / 255)
    .map(n => n <= 0.03928 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4);
    return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
const behind = e => { for (; e; e = e.parentElement) {
    const c = getComputedStyle(e).backgroundColor;
    if (!/, 0\\)$/.test(c) && c !== 'transparent') return c; }
    return 'rgb(255, 255, 255)'; };
const texts = all.filter(e => [...e.childNodes].some(
    n => n.nodeType === 3 && n.textContent.trim()) &&
    e.getClientRects().length && !['TITLE', 'STYLE', 'SCRIPT'].includes(e.tagName)
    && !(e instanceof SVGElement));
const poor = texts.filter(e => ratio(light(getComputedStyle(e).color),
    light(behind(e))) < 4.5).map(e => e.textContent.trim().slice(0, 40));
return {url: location.pathname, title: document.title,
    lang: document.documentElement.lang,
    h1: [...document.querySelectorAll('h1')].map(e => e.textContent.trim()),
    main: document.querySelectorAll('main').length,
    scripts: document.scripts.length,
    too_wide: document.documentElement.scrollWidth - innerWidth,
    sideways: [...document.querySelectorAll('.scroll')].filter(
        e => e.scrollWidth > e.clientWidth).map(e => e.innerText.slice(0, 40)),
    ground: light(behind(document.body)), poor: poor,
    foreign: performance.getEntriesByType('resource').map(r => r.name)
        .filter(n => !n.startsWith(location.origin)),
    text: document.body.innerText};
"""


def main():
    width, scheme, urls = sys.argv[1], sys.argv[2], sys.argv[3:]
    with tempfile.TemporaryDirectory() as home:
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in ("headless=new", "no-sandbox", "disable-gpu",
                     "no-first-run", "disable-background-networking",
                     "disable-component-update", "disable-sync",
                     "disable-quic", "disable-dev-shm-usage",
                     f"user-data-dir={home}"):
            options.add_argument("--" + flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = webdriver.Chrome(
            options=options, service=Service("/usr/bin/chromedriver"))
        try:
            # A window has a least width; the device's own has not.
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
                "width": int(width), "height": 900, "deviceScaleFactor": 1,
                "mobile": False})
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
                {"name": "prefers-color-scheme", "value": scheme}]})
            for url in urls:
                driver.get(url)
                seen = driver.execute_script(MEASURE)
                seen["complaints"] = [
                    entry["message"] for entry in driver.get_log("browser")
                    if entry["level"] == "SEVERE"
                    and "favicon" not in entry["message"]]
                print(json.dumps(seen), flush=True)
        finally:
            driver.quit()


main()
