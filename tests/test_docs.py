"""What the documentation says is true."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_page_of_the_command_line_is_up_to_date() -> None:
    command = [sys.executable, str(ROOT / "docs/generate.py"), "--check"]
    assert subprocess.run(command, check=False).returncode == 0, "run: python docs/generate.py"


def test_every_file_that_the_documentation_links_to_is_there() -> None:
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")]
    missing = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert not missing


def test_the_readmes_python_runs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert blocks
    for block in blocks:
        quick = block.replace("training_data, 30, 10, 3.0", "training_data[:500], 1, 10, 3.0")
        assert quick != block
        exec(compile(quick, "README.md", "exec"), {})  # noqa: S102


def test_readme_and_rules_of_the_house_name_the_same_rooms() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    tree = readme.split("```text\nsrc/numerist/")[1].split("```")[0]
    named = {match.rstrip("/") for match in re.findall(r"^  ([\w./]+)", tree, re.MULTILINE)}
    package = ROOT / "src/numerist"
    there = {
        path.name
        for path in package.iterdir()
        if path.suffix == ".py" or (path.is_dir() and path.name != "__pycache__")
    }
    assert named == there - {"__main__.py", "py.typed"}


def test_help_texts_name_no_file_that_is_not_installed() -> None:
    pages = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    assert not re.findall(r"(?:docs|benchmarks|src)/[\w./-]+", pages.split("\n", 4)[4])


def test_what_is_made_of_mnist_is_named_with_its_licence() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == "MIT AND CC-BY-SA-3.0"
    pages = {name: (ROOT / name).read_text(encoding="utf-8") for name in project["license-files"]}
    named = set(re.findall(r"`(numerist/[^`]+)`", pages["LICENSES.md"]))
    made = [*(ROOT / "src").rglob("*.onnx"), *(ROOT / "src").rglob("*.png")]
    assert named == {path.relative_to(ROOT / "src").as_posix() for path in made}
