"""What spark/README.md shows is what runs: its shell lines and its Python, in their order."""
import os
import re
import subprocess
import sys

from adirect_cli import BINARY, ROOT, needs_binary

pytestmark = needs_binary
README = (ROOT / "spark" / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def test_the_readme_is_what_runs(tmp_path):
    (tmp_path / "spark").symlink_to(ROOT / "spark")
    path = os.pathsep.join([str(BINARY.parent), os.path.dirname(sys.executable), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "SPARK_CONF_DIR": str(tmp_path)}
    settings = "spark.ui.enabled false\nspark.driver.memory 1g\nspark.master local[2]\n"
    (tmp_path / "spark-defaults.conf").write_text(settings, encoding="utf-8")
    shell, python = blocks("sh"), blocks("python")
    assert len(shell) == 1 and len(python) == 2
    script = "\n".join(python)
    for command in (["sh", "-ec", shell[0]], [sys.executable, "-c", script]):
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-4000:]
    assert (tmp_path / "answers" / "audience" / "_SUCCESS").exists()
    assert "missing_user_id" in done.stdout and "20000 0" in done.stdout
