"""Takes screenshots of `assay view` and of an audit for the documentation; called by scripts/screenshots --view.

  view-pictures.py FOLDER

Runs the quickstart three times in a temporary project: unchanged, with another seed, and with a long training that is
photographed in progress and then cancelled. The audit is that of experiments/foundry-2026-10.yaml, if its answers are in
../shared or in the folder named by FOUNDRY_2026_10. ASSAY names the program.
"""
import html
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

root = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root / "scripts"))
from browser import Browser  # noqa: E402

assay = os.path.abspath(os.environ.get("ASSAY") or root / ".build/debug/assay")
target = pathlib.Path(sys.argv[1])


def audit_picture():
    """The terminal of an audit as a picture."""
    command = "assay audit experiments/foundry-2026-10.yaml"
    done = subprocess.run([assay, *command.split()[1:]], cwd=root, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        print("no picture of the audit: the published answers are not here")
        return
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder, "page.html")
        page.write_text(
            '<!doctype html><meta charset="utf-8"><style>body{margin:0;background:#14171a}pre{margin:0;padding:20px 24px;color:#dfe3e6;'
            "font:13px/1.45 'DejaVu Sans Mono',monospace;width:max-content}</style><pre>$ " + command + "\n\n"
            + html.escape(done.stdout.rstrip()) + "</pre>")
        browser = Browser()
        try:
            browser.open(page.as_uri())
            width, height = browser.js("[document.querySelector('pre').offsetWidth, document.querySelector('pre').offsetHeight]")
            browser.window(width, height, scale=1.5)
            browser.settle(0.5)
            browser.picture(target / "audit.png")
            print(target / "audit.png")
        finally:
            browser.close()


audit_picture()
with tempfile.TemporaryDirectory(prefix="assay-pictures-") as folder:
    project = pathlib.Path(folder) / "shapes"
    (project / ".git").mkdir(parents=True)
    environment = {**os.environ, "XDG_CONFIG_HOME": folder + "/configuration"}

    def run(*arguments):
        done = subprocess.run([assay, *arguments], cwd=project, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout

    # The spec is in the project, so that no path of this machine is in a picture.
    shutil.copy(root / "experiments/quickstart.yaml", project)
    shutil.copytree(root / "experiments/prices", project / "prices")
    run("run", "quickstart.yaml", "--yes", "--quiet")
    run("runs", "tag", "last", "paper")
    run("runs", "note", "last", "As published.")
    run("run", "quickstart.yaml", "--yes", "--quiet", "--set", "models.cnn.train.seed=43")
    run("runs", "tag", "last", "seed-43")
    earlier = [record["id"] for record in json.loads(run("runs", "--json"))["runs"]]
    long = subprocess.Popen(
        [assay, "run", "quickstart.yaml", "--yes", "--quiet", "--set", "models.cnn.train.epochs=400", "--set",
         "models.tuned.fine_tune.seed=7"],
        cwd=project, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    view = subprocess.Popen([assay, "view"], cwd=project, env=environment, stdout=subprocess.PIPE, text=True)
    browser = Browser()
    try:
        def picture(name, path, width=1180, height=820, dark=False):
            browser.window(width, height, dark, scale=1.5)
            browser.open(origin + path)
            browser.settle(1)
            browser.picture(target / name)
            print(target / name)

        browser.open(view.stdout.readline().strip())
        origin, base = browser.js("location.origin"), browser.js("location.pathname")
        for _ in range(150):
            time.sleep(0.4)
            running = [r["id"] for r in json.loads(run("runs", "--json"))["runs"] if r["state"] == "running"]
            live = project / ".assay/runs" / (running or ["-"])[0] / "live.json"
            if live.exists() and any((step.get("fraction") or 0) > 0.05 for step in json.loads(live.read_text())["running"]):
                break
        picture("view-runs.png", base, height=620)
        picture("view-progress.png", base + "runs/" + running[0], height=820)
        picture("view-compare.png", base + f"compare?run={earlier[1]}&run={earlier[0]}", height=900)
        picture("view-gallery.png", base + f"runs/{earlier[0]}/gallery?outcome=wrong&model=cnn", height=640)
        picture("view-phone.png", base + f"runs/{earlier[0]}/gallery", 390, 844, dark=True)
        if browser.problems:
            raise SystemExit("\n".join(browser.problems))
    finally:
        browser.close()
        for process in [view, long]:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=120)
