from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw

from numerist import load_model
from numerist.data import write_idx
from numerist.data.own import load_own
from numerist.errors import DataError

if TYPE_CHECKING:
    from numerist.data import Mnist


def draw(path: Path, kind: str, size: int = 60, at: int = 0) -> None:
    """A bar that stands or lies, dark on light."""
    picture = Image.new("RGB", (size, size), (235, 230, 220))
    box = (25 + at, 8, 31 + at, 50) if kind == "stands" else (8, 25 + at, 50, 31 + at)
    ImageDraw.Draw(picture).rectangle(box, fill=(30, 30, 90))
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for k in range(5):
        draw(tmp_path / "own" / "lies" / f"{k}.png", "lies", at=k)
        draw(tmp_path / "own" / "stands" / "deeper" / f"{k}.JPG", "stands", at=k)
    return tmp_path / "own"


def test_a_folder_with_a_sub_folder_for_each_class(folder: Path) -> None:
    (folder / ".hidden").mkdir()
    (folder / "lies" / "Thumbs.db").write_bytes(b"of no interest")
    found = load_own(folder)
    assert found.classes == ["lies", "stands"]
    assert found.data.labels.tolist() == [0] * 5 + [1] * 5
    assert found.unreadable == []
    for image, label in zip(found.data.images, found.data.labels, strict=True):
        rows, columns = (image > 0.5).any(axis=1).sum(), (image > 0.5).any(axis=0).sum()
        assert (columns > 2 * rows) == (label == 0)  # a bar that lies is wide


def test_the_sha256_of_what_was_read(folder: Path) -> None:
    read = [(folder / "lies" / f"{k}.png", "lies") for k in range(5)]
    read += [(folder / "stands" / "deeper" / f"{k}.JPG", "stands") for k in range(5)]
    lines = "".join(f"{sha256(file)}  {name}\n" for file, name in read)
    pictures = hashlib.sha256(lines.encode()).hexdigest()
    (folder / "lies" / "broken.png").write_bytes(b"no picture")
    assert load_own(folder).sha256 == {"pictures": pictures}
    table = folder.parent / "table.csv"
    table.write_text("".join(f"{file},{name}\n" for file, name in read), encoding="utf-8")
    assert load_own(table).sha256 == {"table.csv": sha256(table), "pictures": pictures}


def test_what_cannot_be_read_is_named_and_not_fatal(folder: Path) -> None:
    (folder / "lies" / "broken.png").write_bytes((folder / "lies" / "0.png").read_bytes()[:60])
    Image.new("L", (40, 40), 200).save(folder / "stands" / "blank.png")
    found = load_own(folder)
    assert len(found.data) == 10
    assert [(name.rpartition("/")[2], bool(why)) for name, why in found.unreadable] == [
        ("broken.png", True),
        ("blank.png", True),
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_links_to_nothing_pipes_and_linked_folders_are_named_and_never_opened(
    folder: Path,
) -> None:
    os.mkfifo(folder / "lies" / "pipe.png")
    (folder / "lies" / "gone.png").symlink_to(folder / "nowhere.png")
    (folder / "lies" / "linked").symlink_to(folder / "stands")
    (folder / "lies" / "good.png").symlink_to(folder / "lies" / "0.png")
    found = load_own(folder)
    assert len(found.data) == 11
    assert [(Path(name).name, why) for name, why in found.unreadable] == [
        ("gone.png", "no file"), ("linked", "a folder"), ("pipe.png", "a pipe or a device")
    ]  # fmt: skip
    table = folder.parent / "table.csv"
    table.write_text(
        "file,label\nown/lies/pipe.png,a\nown/lies/0.png,a\nown/lies/1.png,b\n", encoding="utf-8"
    )
    assert [why for _, why in load_own(table).unreadable] == ["a pipe or a device"]


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes are Linux's")
def test_names_that_are_no_utf8_are_escaped(folder: Path) -> None:
    (folder / "lies").rename(folder / os.fsdecode(b"lies\xff"))
    found = load_own(folder)
    assert found.classes == [r"lies\xff", "stands"]
    for picture in (folder / os.fsdecode(b"lies\xff")).iterdir():
        picture.write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"none \(.*\.png: ") as caught:
        load_own(folder)
    assert caught.value.place.endswith(r"class 'lies\\xff'")


def test_every_fifth_of_each_class_is_held_out(folder: Path) -> None:
    learning, held = load_own(folder).split()
    assert sorted(held.labels.tolist()) == [0, 1]
    assert sorted(learning.labels.tolist()) == [0] * 4 + [1] * 4
    both = np.concatenate([learning.images, held.images])
    assert len(np.unique(both.reshape(10, -1), axis=0)) == len(
        np.unique(load_own(folder).data.images.reshape(10, -1), axis=0)
    )


def test_what_nobody_can_learn_from(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing of that name"):
        load_own(tmp_path / "nowhere")
    (folder / "empty").mkdir()
    with pytest.raises(DataError, match="'empty': expected at least one image"):
        load_own(folder)
    (folder / "empty").rmdir()
    draw(folder / "outside.png", "lies")
    with pytest.raises(DataError, match=r"outside\.png: expected only folders"):
        load_own(folder)
    with pytest.raises(DataError, match="expected at least two classes, found 0"):
        load_own(_with_one(tmp_path, 0))
    with pytest.raises(DataError, match="expected at least two classes, found 1"):
        load_own(_with_one(tmp_path, 1))


def _with_one(tmp_path: Path, classes: int) -> Path:
    place = tmp_path / f"with {classes}"
    place.mkdir()
    for k in range(classes):
        draw(place / f"class {k}" / "0.png", "lies")
    return place


def test_a_class_with_one_image_cannot_be_split(folder: Path) -> None:
    draw(folder / "single" / "0.png", "lies")
    with pytest.raises(DataError, match="'single'"):
        load_own(folder).split()


def test_csv_with_names_of_pictures(folder: Path) -> None:
    table = folder.parent / "table.csv"
    table.write_text(
        "label,file\n10,own/lies/0.png\n9,own/lies/1.png\n10,own/stands/deeper/0.JPG\n",
        encoding="utf-8",
    )
    found = load_own(table)
    assert found.classes == ["9", "10"]
    assert found.data.labels.tolist() == [1, 0, 1]


def test_labels_that_are_the_same_number_are_classes_in_one_order_only(folder: Path) -> None:
    table = folder.parent / "table.csv"
    labels = ["2", "02", "002", "10", "a", "9" * 5000]
    rows = [f"own/lies/{k % 5}.png,{label}\n" for k, label in enumerate(labels)]
    table.write_text("".join(rows), encoding="utf-8")
    assert load_own(table).classes == ["002", "02", "2", "10", "9" * 5000, "a"]


def test_csv_with_pixels(tmp_path: Path) -> None:
    table = tmp_path / "digits.csv"
    header = ",".join(["label", *(f"pixel{k}" for k in range(784))])
    ramp = ",".join(str(k % 256) for k in range(784))
    table.write_text(f"{header}\n3,{ramp}\n7,{ramp}\n", encoding="utf-8-sig")
    found = load_own(table)
    assert found.classes == ["3", "7"]
    assert found.sha256 == {"digits.csv": sha256(table)}
    assert found.data.images[0, 0, 5] == pytest.approx(5 / 255)
    assert found.data.images[1, 27, 27] == pytest.approx(783 % 256 / 255)
    table.write_text(f"{header}\n3,{ramp}\n7,{ramp.replace('255', '256')}\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"line 3, column 257: expected a whole .* '256'"):
        load_own(table)
    table.write_text("label,file\n3,a.png,more\n", encoding="utf-8")
    with pytest.raises(DataError, match="line 2: expected 2 columns"):
        load_own(table)
    table.write_text("a,b,c\n1,2,3\n", encoding="utf-8")
    with pytest.raises(DataError, match="line 1: expected 2 columns"):
        load_own(table)
    table.write_bytes(b"label,file\n\xff\xfe,1\n")
    with pytest.raises(DataError, match="UTF-8"):
        load_own(table)


def test_csv_without_names_of_columns(folder: Path) -> None:
    table = folder.parent / "table.csv"
    for first, last in (("5", "0"), ("0", "255"), ("0.0", "255.0")):
        ink = ",".join([first] * 392 + [last] * 392)
        table.write_text(f"3,{ink}\n7,{ink}\n3,{ink}\n", encoding="utf-8")
        found = load_own(table)
        assert found.classes == ["3", "7"]
        assert found.data.labels.tolist() == [0, 1, 0]
        assert found.data.images[0, 0, 0] == pytest.approx(float(first) / 255)
    counted = ",".join(map(str, range(785)))  # as pandas names columns that have no name
    table.write_text(f"{counted}\n3,{ink}\n7,{ink}\n", encoding="utf-8")
    assert load_own(table).data.labels.tolist() == [0, 1]
    for rows in (
        "own/lies/0.png,a\nown/lies/1.png,b\n", "a,own/lies/0.png\nb,own/stands/deeper/0.JPG\n"
    ):  # fmt: skip
        table.write_text(rows, encoding="utf-8")
        assert load_own(table).data.labels.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("name", "separator"), [("t.csv", ";"), ("t.csv", "\t"), ("t.tsv", "\t"), ("T.TSV", "\t")]
)
def test_tables_with_semicolons_or_tabs(folder: Path, name: str, separator: str) -> None:
    table = folder.parent / name
    rows = [("file", "label"), ("own/lies/0.png", "a"), ("own/lies/1.png", "b")]
    text = "".join(separator.join(row) + "\n" for row in rows)
    table.write_text(text, encoding="utf-8-sig")
    found = load_own(table)
    assert (found.classes, found.data.labels.tolist()) == (["a", "b"], [0, 1])
    pixels = separator.join(["0"] * 700 + ["255"] * 84)
    table.write_text(f"3{separator}{pixels}\n7{separator}{pixels}\n", encoding="utf-8")
    assert load_own(table).classes == ["3", "7"]


def test_a_comma_in_a_name_parts_no_column_of_a_tsv_file(folder: Path) -> None:
    draw(folder / "lies" / "a,b.png", "lies")
    table = folder.parent / "t.tsv"
    table.write_text("own/lies/a,b.png\ta\nown/lies/1.png\tb\n", encoding="utf-8")
    assert load_own(table).classes == ["a", "b"]


def test_what_to_do_with_more_columns_is_said(folder: Path) -> None:
    table = folder.parent / "t.csv"
    table.write_text("own/lies/0.png,a,by Ann\nown/lies/1.png,b,by Bob\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"found 3 columns\. Take other columns away"):
        load_own(table)
    (folder.parent / "t.txt").write_text("own/lies/0.png,a\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"a table's name ends in \.csv or \.tsv"):
        load_own(folder.parent / "t.txt")


def test_csv_with_its_label_behind_the_pixels(tmp_path: Path) -> None:
    table = tmp_path / "digits.csv"
    header = ",".join([*(f"pixel{k}" for k in range(784)), "Label"])
    ink = ",".join(["0.0"] * 700 + ["255.0"] * 84)
    table.write_text(f"{header}\n{ink},3\n{ink},7\n", encoding="utf-8")
    found = load_own(table)
    assert found.classes == ["3", "7"]
    assert found.data.images[1, 27].tolist() == [1.0] * 28
    table.write_text(f"{header}\n{ink},3\n{ink.replace('255.0', '0.98')},7\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"line 3, column 701: expected a whole .* '0\.98'"):
        load_own(table)
    table.write_text(f"{header}\n{ink},3\nnan{ink[3:]},7\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"line 3, column 1: expected a whole .* 'nan'"):
        load_own(table)


def test_idx(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (6, 28, 28), dtype=np.uint8)
    write_idx(tmp_path / "some-images-idx3-ubyte", images)
    with pytest.raises(DataError, match="no some-labels-idx1-ubyte"):
        load_own(tmp_path / "some-images-idx3-ubyte")
    write_idx(tmp_path / "some-labels-idx1-ubyte", np.array([4, 4, 8, 8, 4, 8], np.uint8))
    found = load_own(tmp_path / "some-images-idx3-ubyte")
    assert found.classes == ["4", "8"]
    assert found.data.labels.tolist() == [0, 0, 1, 1, 0, 1]
    np.testing.assert_array_equal(np.rint(found.data.images * 255), images)
    names = ("some-images-idx3-ubyte", "some-labels-idx1-ubyte")
    assert found.sha256 == {name: sha256(tmp_path / name) for name in names}
    write_idx(tmp_path / "some-labels-idx1-ubyte", np.array([4, 4, 8], np.uint8))
    with pytest.raises(DataError, match="expected 6 whole numbers"):
        load_own(tmp_path / "some-images-idx3-ubyte")


def test_bytes_on_light_paper_are_learned_as_a_model_sees_them(
    tmp_path: Path, mnist: Mnist
) -> None:
    dark = np.rint(mnist.validation.images[:20] * 255).astype(np.uint8)
    light = 255 - np.roll(dark, 2, axis=2)  # the normaliser has to move them
    labels = mnist.validation.labels[:20]
    write_idx(tmp_path / "images-idx3-ubyte", np.concatenate([dark, light]))
    write_idx(tmp_path / "labels-idx1-ubyte", np.concatenate([labels, labels]))
    rows = [
        ",".join(map(str, [label, *image.ravel()]))
        for label, image in zip([*labels, *labels], [*dark, *light], strict=True)
    ]
    header = ",".join(["label", *(f"pixel{k}" for k in range(784))])
    (tmp_path / "own.csv").write_text("\n".join([header, *rows]), encoding="utf-8")
    model = load_model()
    expected = model.probabilities(np.concatenate([dark, light]))
    for source in ("images-idx3-ubyte", "own.csv"):
        seen = load_own(tmp_path / source).data.images
        np.testing.assert_array_equal(seen[:20], mnist.validation.images[:20])
        assert (seen.mean(axis=(1, 2)) < 0.5).all()
        np.testing.assert_array_equal(model.probabilities(seen), expected)
