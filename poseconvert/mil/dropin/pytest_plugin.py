"""Pytest plugin: ``pytest -p poseconvert.mil.pytest_plugin`` runs Core ML tests off macOS.

It enables coremltools' predictions before any test module is imported. On macOS it does nothing:
there the tests use Core ML itself.
"""

from __future__ import annotations

import sys

import pytest

from poseconvert.mil.dropin import MACOS_VERSION, enable_coremltools_predict

_ON_MACOS = sys.platform == "darwin"
if not _ON_MACOS:  # at import: earlier than any conftest that imports coremltools
    enable_coremltools_predict()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the choice of precision."""
    parser.getgroup("poseconvert").addoption(
        "--coreml-precision",
        default="fp16",
        help="how the reference executor computes values declared float16 (default: fp16)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Apply the chosen precision; an unknown one is a usage error."""
    if _ON_MACOS:
        return
    try:
        enable_coremltools_predict(precision=config.getoption("--coreml-precision"))
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_report_header(config: pytest.Config) -> str:
    """Say what predicts, so that no log can be taken for Core ML's."""
    if _ON_MACOS:
        return "coremltools predictions: Core ML"
    precision = config.getoption("--coreml-precision")
    version = ".".join(map(str, MACOS_VERSION))
    return (
        f"coremltools predictions: poseconvert's reference executor ({precision}), not Core ML; "
        f"coremltools is told that this is macOS {version}"
    )
