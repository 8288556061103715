"""Holds the repository against ARCHITECTURE.md and the house rules. Standard library only.

A rule is a function from a tree (path -> text) to the problems it finds. `Rules` runs each over the repository;
`SelfTest` runs each over a small good tree with one thing broken, so that a rule that cannot fail is itself a failure.

    python3 tests/architecture_test.py [--build BUILD_FOLDER]     (with it, "every source is compiled" is checked too)
"""

import json
import os
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = None

LEFT_OUT = {"build", "__pycache__", "node_modules"}  # and hidden folders but .ci
TEXT = {".h", ".cc", ".md", ".py", ".toml", ".txt", ".cmake", ".json", ".svg", ".csv", ""}
THIRD_PARTY = ("toml++/", "CLI/", "fmt/", "simdjson", "xxhash", "xxh3", "gtest/", "gmock/", "rapidcheck", "boost/",
               "rocksdb/", "librdkafka/", "arrow/", "parquet/", "curl/", "zlib", "zstd", "spdlog/", "benchmark/",
               "openssl/")
LOW_FLOORS = ("base", "model", "targeting", "codec")
CHECK_FILE = "src/adirect/base/status.cc"
CLOCK_FILES = {"src/adirect/app/run.cc"}


def read_tree(root):
    """The repository as a mapping from path to text; the text of what is no text is empty."""
    tree = {}
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders if f == ".ci" or f not in LEFT_OUT and not f.startswith("."))
        for name in sorted(files):
            path = pathlib.Path(folder, name)
            readable = path.suffix in TEXT
            tree[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8", errors="replace") if readable else ""
    return tree


# ---- the code map


def code_map(tree):
    """Rows of ARCHITECTURE.md's table as {folder: (floor or None, [modules it may include])}."""
    rows = {}
    for line in tree.get("ARCHITECTURE.md", "").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("| `") or len(cells) != 4:
            continue
        floor = int(cells[1]) if cells[1].isdigit() else None
        rows[cells[0].strip("`").rstrip("/")] = (floor, re.findall(r"`([a-z]+)`", cells[3]))
    return rows


def modules(tree):
    """{module: (floor, may include)} of the code map's rows under src/adirect."""
    prefix = "src/adirect/"
    return {folder[len(prefix):]: row for folder, row in code_map(tree).items() if folder.startswith(prefix)}


def module_of(path):
    parts = path.split("/")
    return parts[2] if path.startswith("src/adirect/") and len(parts) > 3 else None


def sources(tree, *suffixes):
    return {p: t for p, t in tree.items() if p.startswith("src/") and p.endswith(suffixes or (".h", ".cc"))}


def is_test(path):
    return path.endswith(("_test.cc", "_test_support.h"))


def includes(text):
    """(line number, what is included, as written with its brackets or quotes)."""
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s+(<[^>]+>|"[^"]+")', line)
        if match:
            yield number, match.group(1)


def map_is_consistent(tree):
    """The map has modules, each on a floor; a module may include only what is on a lower floor."""
    rows = modules(tree)
    if not rows:
        yield "ARCHITECTURE.md has no code map"
    for name, (floor, may_include) in rows.items():
        if floor is None:
            yield f"{name} has no floor in the code map"
            continue
        for other in may_include:
            if other not in rows:
                yield f"the code map lets {name} include {other}, which it does not list"
            elif rows[other][0] is None or rows[other][0] >= floor:
                yield f"the code map lets {name} (floor {floor}) include {other}, which is not below it"


def folders_match_map(tree):
    """Every file of src/ and every top-level folder is in the map, and every folder of the map exists."""
    rows = code_map(tree)
    folders = {"/".join(p.split("/")[:n]) for p in tree for n in range(1, p.count("/") + 1)}
    for folder in rows:
        if folder not in folders:
            yield f"ARCHITECTURE.md lists {folder}, which does not exist"
    for path in sources(tree, ""):
        if path.rsplit("/", 1)[0] not in rows:
            yield f"{path} is in a folder that ARCHITECTURE.md does not list"
    for top in sorted(f for f in folders if "/" not in f and f != "src"):
        if not any(row == top or row.startswith(top + "/") for row in rows):
            yield f"{top}/ is not in ARCHITECTURE.md's code map"


def floors_hold(tree):
    """A module includes itself and what the map lets it include; nothing else of ours."""
    rows = modules(tree)
    for path, text in sources(tree).items():
        here = module_of(path)
        for number, what in includes(text):
            if not what.startswith('"'):
                continue
            target = re.match(r'"adirect/([a-z]+)/[^"]+\.h"$', what)
            if not target:
                yield f"{path}:{number}: write {what} as \"adirect/<module>/<file>.h\""
            elif f"src/{what.strip(chr(34))}" not in tree:
                yield f"{path}:{number}: {what} does not exist"
            elif here in rows and target.group(1) != here and target.group(1) not in rows[here][1]:
                yield f"{path}:{number}: {here} may not include {what}"


def no_include_cycles(tree):
    """Headers do not include each other in a circle."""
    graph = {p[len("src/"):]: [w.strip('"') for _, w in includes(t) if w.startswith('"')]
             for p, t in sources(tree, ".h").items()}
    done, stack = set(), []

    def visit(header):
        if header in stack:
            return " -> ".join(stack[stack.index(header):] + [header])
        if header in done:
            return None
        stack.append(header)
        found = next(filter(None, map(visit, graph.get(header, []))), None)
        stack.pop()
        done.add(header)
        return found

    for header in graph:
        cycle = visit(header)
        if cycle:
            yield f"headers include each other: {cycle}"
            return


def third_party_in_cc_only(tree):
    """Headers include the standard library, the system and adirect/, no other library."""
    for path, text in sources(tree, ".h").items():
        for number, what in includes(text):
            if what[1:-1].startswith(THIRD_PARTY) and not is_test(path):
                yield f"{path}:{number}: {what} belongs into a .cc file"


def gtest_in_tests_only(tree):
    for path, text in sources(tree, ".cc").items():
        for number, what in includes(text):
            if not is_test(path) and what[1:-1].startswith(("gtest/", "gmock/", "rapidcheck")):
                yield f"{path}:{number}: {what} belongs into a test"


def headers_have_pragma_once(tree):
    for path, text in sources(tree, ".h").items():
        if not re.search(r"^#pragma once$", text, re.M):
            yield f"{path}: no #pragma once"


def every_source_is_compiled(tree, compiled=None):
    """Every .cc of src/ and tests/ is in the build's compile_commands.json."""
    if compiled is None:
        return
    for path in tree:
        if path.endswith(".cc") and path.startswith(("src/", "tests/")) and path not in compiled:
            yield f"{path} is in no target of the build"


# ---- what the code may say

LITERAL = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<!\w)\'(?:\\.|[^\'\\\n])+\'', re.S)


def bare(text):
    """The code without comments and without the content of strings, with its lines kept."""
    def blank(match):
        lines = "\n" * match.group(0).count("\n")
        return lines if match.group(0).startswith("/") else '""' + lines
    return LITERAL.sub(blank, text)


def below_app(path):
    return module_of(path) != "app"


# (name, pattern, where it is forbidden, what to do instead)
BANNED = [
    ("output", r"std::(cout|cerr|clog)\b|\b(printf|fprintf|puts|fputs|putchar)\s*\(|\bfmt::print\b",
     lambda p: below_app(p) and p != CHECK_FILE, "return it; only app prints"),
    ("chance", r"\bs?rand\s*\(|\brandom_device\b", lambda p: True, "draw from a seeded generator"),
    ("wall clock", r"\bsystem_clock::now\b|(?<![\w.>])(std::|::)?time\s*\(\s*(nullptr|NULL|0|&)|\bgettimeofday\b|\bclock_gettime\b",
     lambda p: p not in CLOCK_FILES, "take the time as a value; only a clock file reads it"),
    ("any clock", r"_clock::now\b", lambda p: module_of(p) in LOW_FLOORS, "the core has no clock"),
    ("thread", r"\bstd::(jthread|thread|async)\b", lambda p: module_of(p) in LOW_FLOORS, "the core starts no thread"),
    ("environment", r"\b(secure_)?getenv\s*\(", below_app, "only app reads the environment"),
    ("throw", r"\bthrow\b(?!\s*\()", lambda p: True, "return a Status"),
    ("build option", r"#\s*(if|ifdef|ifndef|elif)\b.*ADIRECT_WITH_", lambda p: p != "src/adirect/app/wiring.cc",
     "only app/wiring.cc knows what was built"),
    ("endl", r"\bstd::endl\b", lambda p: True, "write '\\n'"),
    ("using namespace std", r"\busing\s+namespace\s+std\s*;", lambda p: True, "name what you use"),
]


def banned_words(tree):
    """The calls of BANNED, each where it is forbidden; tests beside their source may do as they like."""
    for path, text in sources(tree).items():
        if is_test(path):
            continue
        for number, line in enumerate(bare(text).splitlines(), 1):
            for name, pattern, forbidden, instead in BANNED:
                if forbidden(path) and re.search(pattern, line):
                    yield f"{path}:{number}: {name}: {instead}"


def no_open_ends(tree):
    """No notes to self in the code."""
    for path, text in sources(tree).items():
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
                yield f"{path}:{number}: finish it or file an issue"


# ---- documents


def anchors(text):
    """The names that GitHub gives to a document's headings."""
    text = re.sub(r"```.*?```", "", text, flags=re.S)
    heads = re.findall(r"^#+\s+(.*?)\s*$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def links_resolve(tree):
    """Every link of a document to a file, a folder or a heading of the repository leads somewhere."""
    folders = {"/".join(p.split("/")[:n]) for p in tree for n in range(1, p.count("/") + 1)}
    for path, text in tree.items():
        if not path.endswith(".md"):
            continue
        prose = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.S)
        found = re.findall(r"\]\(([^)\s]+)\)", prose) + re.findall(r"<(?:img|source)[^>]*\b(?:src|srcset)=\"([^\"]+)\"", prose)
        for link in found:
            if re.match(r"[a-z]+:", link):
                continue
            target, _, anchor = link.partition("#")
            file = os.path.normpath(os.path.join(os.path.dirname(path), target)).replace(os.sep, "/") if target else path
            if file not in tree and file not in folders:
                yield f"{path}: the link {link} leads nowhere"
            elif anchor and file in tree and anchor not in anchors(tree[file]):
                yield f"{path}: {file} has no heading for #{anchor}"


def documents_are_short(tree):
    """The README fits into one sitting; a document of docs/ is split when it grows too long."""
    limits = {p: 400 for p in tree if p.startswith("docs/") and p.endswith(".md")} | {"README.md": 150}
    for path, limit in limits.items():
        lines = tree.get(path, "").count("\n")
        if lines > limit:
            yield f"{path} has {lines} lines, more than {limit}"


RULES = [map_is_consistent, folders_match_map, floors_hold, no_include_cycles, third_party_in_cc_only,
         gtest_in_tests_only, headers_have_pragma_once, every_source_is_compiled, banned_words, no_open_ends,
         links_resolve, documents_are_short]


class Rules(unittest.TestCase):
    """The repository keeps every rule."""

    longMessage = False

    def test_repository(self):
        tree = read_tree(ROOT)
        self.assertGreater(len(sources(tree)), 20, "hardly any source was found: the rules would hold for nothing")
        for rule in RULES:
            arguments = [tree, compiled_files()] if rule is every_source_is_compiled else [tree]
            with self.subTest(rule=rule.__name__):
                problems = list(rule(*arguments))
                self.assertFalse(problems, "\n  " + "\n  ".join(problems))


def compiled_files():
    if BUILD is None:
        return None
    commands = json.loads((BUILD / "compile_commands.json").read_text(encoding="utf-8"))
    return {os.path.relpath(os.path.join(c["directory"], c["file"]), ROOT).replace(os.sep, "/") for c in commands}


# ---- the rules themselves

MAP = """| folder | floor | what it is | may include |
|---|---|---|---|
| `src/adirect/base` | 1 | ground | – |
| `src/adirect/targeting` | 3 | decision | `base` |
| `src/adirect/codec` | 3 | bytes | `base` |
| `src/adirect/app` | 6 | main | `base`, `targeting`, `codec` |
| `docs` | – | documents | – |
"""
GOOD = {
    "ARCHITECTURE.md": MAP,
    "README.md": "# adirect\n\nSee [the guide](docs/guide.md#first-steps) and [source](src/adirect/base).\n",
    "docs/guide.md": "# Guide\n\n## First steps\n",
    "src/adirect/base/a.h": "#pragma once\n#include <string>\n",
    "src/adirect/base/a.cc": '#include "adirect/base/a.h"\n#include <xxhash.h>\nint x;  // rand() and throw are words here\n',
    "src/adirect/targeting/t.h": '#pragma once\n#include "adirect/base/a.h"\n',
    "src/adirect/targeting/t_test.cc": "#include <gtest/gtest.h>\nauto t = std::thread();\n",
    "src/adirect/codec/c.h": "#pragma once\n",
    "src/adirect/app/run.cc": "auto n = std::chrono::system_clock::now();\n",
    "src/adirect/app/wiring.cc": '#if ADIRECT_WITH_KAFKA\n#endif\nvoid f() { std::cout << "x"; getenv("A"); }\n',
    "src/adirect/app/main.cc": 'const char* s = "throw rand() std::endl";\nchar q = \'"\'; int time(int);\n',
}

# (rule, {path: text} that breaks the good tree)
BAD = [
    (map_is_consistent, {"ARCHITECTURE.md": "nothing"}),
    (map_is_consistent, {"ARCHITECTURE.md": MAP.replace("| 3 | bytes | `base` |", "| 3 | bytes | `base`, `targeting` |")}),
    (map_is_consistent, {"ARCHITECTURE.md": MAP.replace("| 3 | bytes | `base` |", "| – | bytes | `base` |")}),
    (map_is_consistent, {"ARCHITECTURE.md": MAP.replace("bytes | `base`", "bytes | `bass`")}),
    (folders_match_map, {"src/adirect/stray/s.h": "#pragma once\n"}),
    (folders_match_map, {"src/adirect/base/deep/s.h": "#pragma once\n"}),
    (folders_match_map, {"web/index.ts": ""}),
    (folders_match_map, {"ARCHITECTURE.md": MAP + "| `gone` | – | was here | – |\n"}),
    (floors_hold, {"src/adirect/base/b.h": '#include "adirect/app/main.h"\n', "src/adirect/app/main.h": ""}),
    (floors_hold, {"src/adirect/codec/d.cc": '#include "adirect/targeting/t.h"\n'}),
    (floors_hold, {"src/adirect/codec/d.cc": '#include "c.h"\n'}),
    (floors_hold, {"src/adirect/codec/d.cc": '#include "adirect/codec/none.h"\n'}),
    (no_include_cycles, {"src/adirect/base/a.h": '#include "adirect/base/b.h"\n',
                         "src/adirect/base/b.h": '#include "adirect/base/a.h"\n'}),
    (third_party_in_cc_only, {"src/adirect/base/b.h": "#include <fmt/format.h>\n"}),
    (third_party_in_cc_only, {"src/adirect/base/b.h": '#include "simdjson.h"\n'}),
    (gtest_in_tests_only, {"src/adirect/base/b.cc": "#include <gtest/gtest.h>\n"}),
    (headers_have_pragma_once, {"src/adirect/base/b.h": "// #pragma once, not\n"}),
    (banned_words, {"src/adirect/base/b.cc": "std::cout << 1;\n"}),
    (banned_words, {"src/adirect/codec/b.cc": 'std::fprintf(stderr, "x");\n'}),
    (banned_words, {"src/adirect/app/b.cc": "int r = rand();\n"}),
    (banned_words, {"src/adirect/app/b.cc": "auto n = std::chrono::system_clock::now();\n"}),
    (banned_words, {"src/adirect/app/b.cc": "auto n = time(nullptr);\n"}),
    (banned_words, {"src/adirect/codec/b.cc": "auto n = std::chrono::steady_clock::now();\n"}),
    (banned_words, {"src/adirect/targeting/b.cc": "std::thread t;\n"}),
    (banned_words, {"src/adirect/base/b.cc": 'getenv("HOME");\n'}),
    (banned_words, {"src/adirect/base/b.cc": "throw 1;\n"}),
    (banned_words, {"src/adirect/base/b.cc": "throw;\n"}),
    (banned_words, {"src/adirect/app/main.cc": "#if ADIRECT_WITH_KAFKA\n#endif\n"}),
    (banned_words, {"src/adirect/app/b.cc": "out << std::endl;\n"}),
    (banned_words, {"src/adirect/app/b.cc": "using namespace std;\n"}),
    (banned_words, {"src/adirect/app/b.cc": 'f("//"); throw 1;\n'}),
    (no_open_ends, {"src/adirect/base/b.cc": "// TO" + "DO later\n"}),
    (links_resolve, {"docs/guide.md": "[x](missing.md)\n"}),
    (links_resolve, {"docs/guide.md": "# Guide\n"}),
    (links_resolve, {"README.md": '<img src="docs/none.svg">\n'}),
    (documents_are_short, {"README.md": "line\n" * 151}),
    (documents_are_short, {"docs/guide.md": "line\n" * 401}),
]


class SelfTest(unittest.TestCase):
    """Each rule accepts the good tree and finds what is broken in the bad ones."""

    def test_good_tree(self):
        for rule in RULES:
            with self.subTest(rule=rule.__name__):
                self.assertEqual([], list(rule(GOOD)))

    def test_bad_trees(self):
        for rule, broken in BAD:
            with self.subTest(rule=rule.__name__, broken=broken):
                self.assertTrue(list(rule({**GOOD, **broken})), "the rule did not notice")

    def test_uncompiled_source(self):
        compiled = {path for path in GOOD if path.endswith(".cc")}
        self.assertEqual([], list(every_source_is_compiled(GOOD, compiled)))
        self.assertTrue(list(every_source_is_compiled(GOOD, compiled - {"src/adirect/base/a.cc"})))

    def test_every_rule_is_broken_once(self):
        tried = {rule for rule, _ in BAD} | {every_source_is_compiled}
        self.assertEqual(set(RULES), tried)

    def test_every_banned_word_is_tried(self):
        broken = "\n".join(text for rule, trees in BAD if rule is banned_words for text in trees.values())
        for name, pattern, _, _ in BANNED:
            with self.subTest(name=name):
                self.assertRegex(broken, pattern)


if __name__ == "__main__":
    if "--build" in sys.argv:
        at = sys.argv.index("--build")
        BUILD = pathlib.Path(sys.argv[at + 1])
        del sys.argv[at:at + 2]
    unittest.main(verbosity=2)
