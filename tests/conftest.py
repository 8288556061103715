"""What a skipped test means: where CI=true it fails, unless tests/SKIPS lists its id with a reason."""

import os
import pathlib
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parent
IN_CI = os.environ.get("CI") == "true"
sys.path.append(str(TESTS / "e2e"))  # what a user does with the binary, for tests in other folders too


def allowed_skips():
    lines = (TESTS / "SKIPS").read_text(encoding="utf-8").splitlines()
    return {line.split()[0] for line in lines if line.strip() and not line.startswith("#")}


def fail_if_skipped(report):
    forbidden = report.skipped and not hasattr(report, "wasxfail") and report.nodeid not in allowed_skips()
    if IN_CI and forbidden:
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped in CI and tests/SKIPS does not list it: {report.longrepr}"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    fail_if_skipped((yield).get_result())


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector):
    """A file that skips itself as a whole."""
    fail_if_skipped((yield).get_result())
