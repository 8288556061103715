"""Breaks one rule at a time (rules.txt) in a copy of the tree, and asks the C++ tests: all must notice.

    python3 tests/mutations/mutants.py [part of a rule's title]

Prints, for each rule, the first test that turned red. Exit code 1 where one stayed green, or where a
rule's text is no longer in its file. Works in build/mutants; about a minute a rule on two cores.
"""
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "mutants"
TREE = WORK / "tree"
BUILD = WORK / "build"
COPIED = ["CMakeLists.txt", "cmake", "scripts", "src", "tests", "policies", "formats", "fuzz"]
BINARIES = ["targeting_test", "pipeline_test", "scenario_test", "property_test"]


def rules():
    text = (pathlib.Path(__file__).parent / "rules.txt").read_text(encoding="utf-8")
    for block in text.split("\n## ")[1:]:
        title, file, before, after = block.strip().split("\n")[:4]
        yield title, file, before.removeprefix("- "), after.removeprefix("+ ")


def run(*command, **options):
    return subprocess.run(command, text=True, capture_output=True, check=False, **options)


def prepare():
    shutil.rmtree(TREE, ignore_errors=True)
    TREE.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, TREE / name)
        elif source.exists():
            shutil.copy2(source, TREE / name)
    configured = run("cmake", "-G", "Ninja", "-S", TREE, "-B", BUILD, "-DADIRECT_BUILD_TESTS=ON",
                     "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS=-O1 -g0")
    if configured.returncode != 0:
        sys.exit(configured.stderr)
    if not build() or red_test():
        sys.exit("the tests must be green before a rule is broken")


def build():
    return run("ninja", "-C", BUILD, *BINARIES).returncode == 0


def red_test():
    """The first test that fails, or nothing."""
    for binary in BINARIES:
        done = run(BUILD / binary, "--gtest_brief=1", cwd=TREE, timeout=900)
        failed = re.search(r"\[  FAILED  \] (\S+)", done.stdout)
        if failed:
            return failed.group(1)
        if done.returncode != 0:
            return f"{binary} ended with {done.returncode}"
    return None


def main():
    wanted = " ".join(sys.argv[1:])
    chosen = [rule for rule in rules() if wanted in rule[0]]
    prepare()
    survived = 0
    for title, file, before, after in chosen:
        path = TREE / file
        text = path.read_text(encoding="utf-8")
        flat = re.compile(r"\s+".join(re.escape(word) for word in before.split()))
        if len(flat.findall(text)) != 1:
            found, red = "the text is not there, or more than once", None
        else:
            path.write_text(flat.sub(lambda _: after, text), encoding="utf-8")
            red = "it does not compile" if not build() else red_test()
            found = red or "no test noticed"
            path.write_text(text, encoding="utf-8")
            if red == "it does not compile":
                red = None
        survived += red is None
        print(f"{'caught  ' if red else 'SURVIVED'}  {title}: {found}", flush=True)
    print(f"{len(chosen) - survived} of {len(chosen)} broken rules were caught")
    return 1 if survived or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
