"""The documented name of the pytest plugin: ``pytest -p poseconvert.mil.pytest_plugin``."""

from poseconvert.mil.dropin.pytest_plugin import (
    pytest_addoption,
    pytest_configure,
    pytest_report_header,
)

__all__ = ["pytest_addoption", "pytest_configure", "pytest_report_header"]
