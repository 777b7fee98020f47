"""The repository stands alone: no machine's paths, no registry's hosts, a reason for every exception it grants itself."""

import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise

import pytest

from tests.rules import tree

# Written so that this file does not contain what it looks for.
PLACES = re.compile(r"(?<![\w.])/(?:work|root)/\w")
HOSTS = re.compile(r"\b(?:pypi\.org|files\.pythonhosted\.org|registry\.npmjs\.org|proxy\.golang\.org)\b")
MARK = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME)\b")
SKIP = re.compile(r"pytest\.(?:mark\.(?:skip|xfail)|skip\(|xfail\(|importorskip)")


def texts() -> Iterator[tuple[str, str]]:
    for path in tree.files():
        data = path.read_bytes()
        if b"\0" not in data:
            yield tree.name(path), data.decode("utf-8")


def having(pattern: re.Pattern[str], *, within: str = "") -> list[str]:
    return [name for name, text in texts() if name.startswith(within) and pattern.search(text)]


@pytest.mark.parametrize(
    ("pattern", "sample"),
    [
        (PLACES, "cd /" + "work/main"),
        (HOSTS, "https://" + "pypi" + ".org/simple"),
        (MARK, "# TO" + "DO later"),
        (SKIP, "@pytest.mark." + "skipif(True)"),
    ],
)
def test_the_rules_see_what_they_look_for(pattern: re.Pattern[str], sample: str) -> None:
    assert pattern.search(sample)


def test_the_walk_sees_the_whole_tree() -> None:
    names = {name for name, _ in texts()}
    assert {"pyproject.toml", "Makefile", ".ci/run", "requirements/dev.txt", "src/otel_tokens/semconv.py"} <= names
    assert not any(name.startswith((".git/", ".venv/", "build/")) for name in names)


def test_no_file_names_a_machine_path() -> None:
    assert having(PLACES) == []


def test_no_file_names_a_package_registry() -> None:
    assert having(HOSTS) == []


def test_no_file_leaves_work_for_later() -> None:
    assert having(MARK) == []


def test_no_test_is_skipped() -> None:
    """What a machine cannot run belongs into a `make` target of its own, which says what it skipped and why."""
    assert having(SKIP, within="tests/") == []


def test_every_lint_exception_has_its_reason() -> None:
    text = (tree.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lint = text[text.index("[tool.ruff.lint]") : text.index("[tool.ruff.lint.mccabe]")]
    ignores = lint[lint.index("ignore = [") :]
    rules = [line for line in ignores.splitlines() if re.search(r'"[A-Z]+[0-9]*"', line)]
    assert len(rules) > 10
    assert [line for line in rules if "#" not in line] == []


def test_every_tool_is_pinned_exactly() -> None:
    lines = (tree.ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8").splitlines()
    pins = [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()]
    assert len(pins) > 10
    assert [pin for pin in pins if not re.fullmatch(r"[\w.-]+(\[\w+\])?==[\w.]+", pin)] == []


def test_the_architecture_is_exhaustive_and_in_the_order_of_the_design() -> None:
    project = tomllib.loads((tree.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = next(contract for contract in project["tool"]["importlinter"]["contracts"] if contract["id"] == "layers")
    place = {name: level for level, layer in enumerate(layers["layers"]) for name in re.findall(r"\w+", layer)}
    spine = ["cli", "report", "plugin", "steps", "pipeline", "record", "spans", "usage", "providers", "semconv", "types", "guard"]
    assert layers["exhaustive"] is True
    assert all(place[above] < place[below] for above, below in pairwise(spine))


def test_agents_md_is_short_and_its_paths_exist() -> None:
    text = (tree.ROOT / "AGENTS.md").read_text(encoding="utf-8")
    paths = re.findall(r"`((?:tests|src|tools|docs|requirements)/[\w./-]*\w)`", text)
    assert len(text.splitlines()) <= 60
    assert paths
    assert [path for path in paths if not (tree.ROOT / path).exists()] == []
