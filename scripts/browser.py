"""Controls an installed Chromium through its debugging pipe, with Python's standard library only. Imported by other scripts."""
import base64
import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time


class Browser:
    """A headless Chromium with one page. Collects console messages and errors of the page."""

    def __init__(self):
        program = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
        if not program:
            raise SystemExit("needs Chromium")
        self.profile = tempfile.mkdtemp(prefix="assay-browser-")
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()

        def attach():
            # The debugging pipe is descriptors 3 and 4. Both are copied away first, in case they overlap.
            a, b = os.dup(to_browser), os.dup(from_browser)
            os.dup2(a, 3)
            os.dup2(b, 4)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe",
             "--no-first-run", "--disable-background-networking", f"--user-data-dir={self.profile}", "about:blank"],
            preexec_fn=attach, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self._buffer, self._next, self._events = b"", 0, []
        self.problems = []
        self.session = None
        target = self.command("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.command("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network"]:
            self.command(domain + ".enable")

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def _receive(self, timeout):
        while b"\0" not in self._buffer:
            if not select.select([self._read], [], [], timeout)[0]:
                return None
            piece = os.read(self._read, 1 << 20)
            if not piece:
                raise SystemExit("Chromium ended")
            self._buffer += piece
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)

    def _take(self, message):
        method, params = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.problems.append("exception: " + json.dumps(params["exceptionDetails"])[:400])
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.problems.append(f"console.{params['type']}: {json.dumps(params['args'])[:400]}")
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.problems.append(f"{params['entry']['source']}: {params['entry']['text']} {params['entry'].get('url', '')}")
        elif method == "Page.javascriptDialogOpening":
            self.problems.append("dialog: " + params["message"])
        self._events.append(message)

    def command(self, method, **params):
        self._next += 1
        number = self._next
        message = {"id": number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + 60
        while time.monotonic() < end:
            answer = self._receive(1)
            if answer is None:
                continue
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer.get("result", {})
            self._take(answer)
        raise RuntimeError(f"{method}: no answer in a minute")

    def wait_for(self, event, timeout=60):
        """The parameters of the next event of a name, which may have come since the last command began."""
        end = time.monotonic() + timeout
        while True:
            for at, message in enumerate(self._events):
                if message.get("method") == event:
                    del self._events[: at + 1]
                    return message["params"]
            if time.monotonic() > end:
                raise RuntimeError(f"no {event} in {timeout} s")
            message = self._receive(1)
            if message is not None:
                self._take(message)

    def settle(self, seconds=0.2):
        """Takes the messages that come within a time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            message = self._receive(left)
            if message is not None:
                self._take(message)

    def open(self, address):
        """Loads a page. Returns its HTTP status."""
        self._events.clear()
        result = self.command("Page.navigate", url=address)
        if result.get("errorText"):
            raise RuntimeError(f"{address}: {result['errorText']}")
        return self.loaded()

    def loaded(self):
        """Waits until a page is loaded. Returns its HTTP status."""
        status = None
        end = time.monotonic() + 120
        while True:
            for message in self._events:
                if message.get("method") == "Network.responseReceived" and message["params"]["type"] == "Document":
                    status = message["params"]["response"]["status"]
            if any(m.get("method") == "Page.loadEventFired" for m in self._events):
                self._events.clear()
                return status
            if time.monotonic() > end:
                raise RuntimeError("the page does not load")
            message = self._receive(1)
            if message is not None:
                self._take(message)

    def follow(self, script):
        """Runs a script that leads to another page, and waits for it. Returns the HTTP status."""
        self._events.clear()
        self.command("Runtime.evaluate", expression=script)
        return self.loaded()

    def js(self, expression):
        """The value of an expression in the page; promises are awaited."""
        result = self.command("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression[:200]}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def key(self, key, code=None, number=0):
        """Presses a key."""
        text = key if len(key) == 1 else "\r" if key == "Enter" else None
        for kind in ["keyDown", "keyUp"]:
            params = {"type": kind, "key": key, "code": code or key, "windowsVirtualKeyCode": number}
            if text and kind == "keyDown":
                params["text"] = text
            self.command("Input.dispatchKeyEvent", **params)

    def window(self, width, height, dark=False, scale=1):
        """The size of the window and the preferred colours."""
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=width < 600)
        self.command(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def picture(self, path):
        """Saves the window as a PNG."""
        data = self.command("Page.captureScreenshot", format="png")["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))
