"""`numerist evaluate` and `numerist export`: what they refuse before they compute anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from numerist import Network

if TYPE_CHECKING:
    from pathlib import Path

Command = Any  # what the fixture numerist_command gives


@pytest.mark.parametrize(
    "words",
    [
        "evaluate digits.onnx --png digits.onnx",
        "evaluate digits.onnx --png linked.onnx",
        "evaluate digits.onnx --show-input photo.png --explain photo.png",
        "evaluate digits.onnx --show-input photo.png --explain folder/../photo.png",
        "evaluate digits.onnx --show-input photo.png --explain digits.onnx",
        "export digits.onnx --to web digits.onnx",
        "export linked.onnx --to web digits.onnx",
    ],
)
def test_what_is_read_is_never_written_over(
    words: str, numerist_command: Command, tmp_path: Path
) -> None:
    Network([784, 10], seed=0).save(tmp_path / "digits.onnx")
    Image.new("L", (50, 50), 230).save(tmp_path / "photo.png")
    (tmp_path / "linked.onnx").symlink_to("digits.onnx")
    (tmp_path / "folder").mkdir()
    files = [tmp_path / "digits.onnx", tmp_path / "photo.png"]
    before = [path.read_bytes() for path in files]
    ran = numerist_command(*words.split())
    assert [path.read_bytes() for path in files] == before
    assert ran.returncode == 2
    assert "is what is read from" in ran.stderr
    assert ran.stdout == ""
