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


def run_block(command, tmp_path, **more):
    """What a block printed, run beside the files of spark/ on a local[2]."""
    for name in ("spark", "deploy"):
        (tmp_path / name).exists() or (tmp_path / name).symlink_to(ROOT / name)
    path = os.pathsep.join([str(BINARY.parent), os.path.dirname(sys.executable), os.environ["PATH"]])
    settings = "spark.ui.enabled false\nspark.driver.memory 1g\nspark.master local[2]\n"
    (tmp_path / "spark-defaults.conf").write_text(settings, encoding="utf-8")
    environment = {**os.environ, "PATH": path, "SPARK_CONF_DIR": str(tmp_path), **more}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def test_the_batch_job_and_the_notebook_are_what_runs(tmp_path):
    assert len(blocks("sh")) == 2 and len(blocks("python")) == 2
    run_block(["sh", "-ec", blocks("sh")[0]], tmp_path)
    told = run_block([sys.executable, "-c", "\n".join(blocks("python"))], tmp_path)
    assert (tmp_path / "answers" / "audience" / "_SUCCESS").exists()
    assert "missing_user_id" in told and "20000 0" in told
