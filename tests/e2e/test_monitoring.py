"""Alert rules and dashboard: Prometheus takes them, they fire when they should, and name metrics that there are."""
import json
import re
import shutil
import subprocess

import pytest
from adirect_cli import ROOT

MONITORING = ROOT / "deploy" / "monitoring"


def listed_metrics():
    """Names in the table of docs/operating.md, which test_operations holds against /metrics: {name: type}."""
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8").split("\n## Metrics\n")[1].split("\n## ")[0]
    return {name: kind for names, kind in re.findall(r"^\| (`.+?`) \| (counter|gauge|histogram) \|", text, re.M)
            for name in re.findall(r"`(\w+)(?:\{[\w, ]+\})?`", names)}


def named_metrics(text):
    return set(re.findall(r"\b(?:adirect|process)_[a-z_]+\b", text))


def rules():
    return (MONITORING / "adirect.rules.yml").read_text(encoding="utf-8")


def dashboard():
    return json.loads((MONITORING / "grafana.json").read_text(encoding="utf-8"))


def promtool(*args):
    program = shutil.which("promtool")
    assert program, "promtool is missing: scripts/install-deps test"
    done = subprocess.run([program, *args], capture_output=True, check=False, cwd=MONITORING)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()


def test_promtool_takes_the_rules():
    promtool("check", "rules", "adirect.rules.yml")


def test_the_rules_fire_when_they_should_and_not_else():
    promtool("test", "rules", "rules_test.yml")


@pytest.mark.parametrize("text", [
    " ".join(re.findall(r"expr: .*?labels:", rules(), re.S)),
    " ".join(target["expr"] for panel in dashboard()["panels"] for target in panel["targets"])], ids=["rules", "dashboard"])
def test_every_metric_that_is_named_is_there(text):
    known = listed_metrics()
    named = named_metrics(text)
    assert len(named) > 10
    for name in named:
        base = re.sub("_(bucket|sum|count)$", "", name)
        assert name in known or known.get(base) == "histogram", name


def test_every_panel_shows_something_and_none_covers_another():
    places = set()
    for panel in dashboard()["panels"]:
        assert panel["targets"] and all("$instance" in target["expr"] for target in panel["targets"])
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & places and place["x"] + place["w"] <= 24
        places |= cells
