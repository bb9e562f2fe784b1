"""Pytest plugin of conformance_coremltools: records every comparison of a prediction.

Each numpy assertion whose left side was predicted is judged three more times: at the tight
tolerance, with zeros in the prediction's place, and with the prediction moved by 0.01. The records
travel as ``user_properties``, so that pytest-xdist brings them home.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from coremltools.converters.mil import testing_utils

from poseconvert.mil.dropin import ModelProxy

TIGHT = {"atol": 5e-3, "rtol": 1e-2}
SHIFT = 0.01
PROPERTY = "conformance"
PREDICT, COMPARE = ModelProxy.predict, testing_utils.compare_backend


class Recorder:
    """What the running test predicted and compared."""

    control = None

    def __init__(self):
        self.start()

    def start(self):
        self.predicted, self.comparisons, self.half, self.allowed = {}, [], False, 0.0
        self.asked, self.format = 0, ""

    def predict(self, proxy, data, state=None):
        self.asked, self.format = self.asked + 1, proxy.package.format
        outputs = self.spoilt(PREDICT(proxy, data, state))
        for value in outputs.values():
            if isinstance(value, np.ndarray):
                self.predicted[id(value)] = value
        self.half |= any(
            getattr(declared, "dtype", None) == "fp16"
            for operation in proxy.package.program.main.block.walk()
            if operation.type != "cast"
            for _, declared in operation.outputs
        )
        return outputs

    def spoilt(self, outputs):
        """Put zeros in the predictions' place, or move them, where a control is run."""
        if self.control is None:
            return outputs
        return {
            name: spoil(value, self.control) if isinstance(value, np.ndarray) else value
            for name, value in outputs.items()
        }

    def compare_backend(self, *args, **kwargs):
        self.allowed = kwargs.get("allow_mismatch_ratio", 0.0)
        try:
            return COMPARE(*args, **kwargs)
        finally:
            self.allowed = 0.0

    def note(self, actual, desired, rtol=1e-7, atol=0.0):
        """Judge one comparison of a prediction at its own and at the tight tolerance."""
        if id(actual) not in self.predicted:
            return
        tight = {"atol": min(atol, TIGHT["atol"]), "rtol": min(rtol, TIGHT["rtol"])}
        whole = np.asarray(desired).dtype.kind in "iub"
        self.comparisons.append(
            {
                "loose": self.close(actual, desired, {"atol": atol, "rtol": rtol}),
                "tight": self.close(actual, desired, tight),
                "zeros": self.close(np.zeros_like(actual), desired, tight),
                "shifted": self.close(
                    actual + (1 if whole else np.asarray(SHIFT, actual.dtype)), desired, tight
                ),
            }
        )

    def close(self, actual, desired, tolerance):
        try:
            np.asarray(actual) - np.asarray(desired)  # shapes that do not broadcast
            wrong = ~np.isclose(actual, desired, equal_nan=True, **tolerance)
        except (TypeError, ValueError):
            return False
        return bool(np.mean(wrong) <= self.allowed) if wrong.size else True

    def outcome(self):
        """Give what is known when the test ends; nothing where no prediction was compared."""
        asked = {"asked": self.asked, "format": self.format} if self.asked else {}
        if not self.comparisons:
            return asked
        verdicts = {key: all(c[key] for c in self.comparisons) for key in self.comparisons[0]}
        return {**asked, **verdicts, "half": self.half, "comparisons": len(self.comparisons)}


def spoil(value, control):
    """Give zeros or the values moved; whole numbers are moved by one."""
    if control == "zeros":
        return np.zeros_like(value)
    return value + np.asarray(1 if value.dtype.kind in "iub" else SHIFT, value.dtype)


recorder = Recorder()


def pytest_addoption(parser):
    parser.addoption("--conformance-json", type=Path)
    parser.addoption("--conformance-sample", type=float, default=1.0)
    parser.addoption("--conformance-control", choices=["zeros", "shifted"])


def pytest_configure(config):
    """Step between the tests and what they call, before any of them is imported."""
    recorder.control = config.getoption("--conformance-control")
    ModelProxy.predict = lambda proxy, data, state=None: recorder.predict(proxy, data, state)
    testing_utils.compare_backend = recorder.compare_backend
    _record_calls("assert_allclose", {})
    _record_calls("assert_equal", {"rtol": 0.0})
    _record_calls("assert_array_equal", {"rtol": 0.0})
    config.pluginmanager.register(Collector(config.getoption("--conformance-json")))


def _record_calls(name, defaults):
    original = getattr(np.testing, name)

    def recorded(actual, desired, *args, **kwargs):
        recorder.note(
            actual, desired, **defaults, **{k: v for k, v in kwargs.items() if k in TIGHT}
        )
        return original(actual, desired, *args, **kwargs)

    setattr(np.testing, name, recorded)


def pytest_collection_modifyitems(config, items):
    """Leave a fixed share, chosen by each test's name."""
    share = config.getoption("--conformance-sample")
    items[:] = [item for item in items if _position(item.nodeid) < share]


def _position(nodeid):
    return int(hashlib.sha256(nodeid.encode()).hexdigest()[:8], 16) / 2**32


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    recorder.start()
    np.random.seed(_seed(item.nodeid))
    try:
        return (yield)
    finally:
        precision = _precision(getattr(item, "callspec", None))
        item.user_properties.append((PROPERTY, {**recorder.outcome(), "precision": precision}))
        recorder.start()


def _seed(nodeid):
    return int(_position(nodeid) * 2**32)


def _precision(callspec):
    """Read fp16 or fp32 off the test's ``backend`` parameter."""
    backend = callspec.params.get("backend") if callspec else None
    return getattr(backend, "precision", None) or (backend[1] if backend else "fp16")


class Collector:
    """Writes one record a test, in the process that sees all reports."""

    def __init__(self, path):
        self.path, self.records = path, {}

    def pytest_runtest_logreport(self, report):
        record = self.records.setdefault(report.nodeid, {"outcome": "passed", "reason": ""})
        if report.outcome != "passed":
            record["outcome"] = "xfailed" if hasattr(report, "wasxfail") else report.outcome
            record["reason"] = _reason(report)
        record.update(dict(report.user_properties).get(PROPERTY, {}))

    def pytest_sessionfinish(self, session):
        if self.path and not hasattr(session.config, "workerinput"):
            self.path.write_text(json.dumps(self.records, indent=1, sort_keys=True))


def _reason(report):
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash else str(report.longrepr)
    return " ".join(text.split())[:300]
