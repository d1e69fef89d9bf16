"""Tables and files that a SavedModel's loader fills and reads, in a frozen graph; as TensorFlow's session runs both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfreg.core.errors import ConversionRefusedError
from tfreg.core.trees import LocalTree, SubTree

pytestmark = [pytest.mark.tensorflow, pytest.mark.xdist_group("tensorflow"), pytest.mark.filterwarnings("ignore")]
COLUMNS = b"red\t7\t0.5\r\ngreen\t-8\t1.5\nblue\t9\t2.5"


@pytest.fixture
def vocabulary(tmp_path: Path) -> Callable[..., Path]:
    """Exports a model that looks keys up in a table which a file fills."""
    import tensorflow as tf
    from tensorflow.compat import v1 as tf1

    def typed(column: tuple[str, int]) -> tuple[Any, int]:
        return tf.as_dtype(column[0]), column[1]

    def export(content: bytes, key: tuple[str, int], value: tuple[str, int], **more: Any) -> Path:
        file, folder = tmp_path / "words.tsv", tmp_path / "model"
        file.write_bytes(content)
        with tf1.Graph().as_default(), tf1.Session() as session:
            path = tf1.constant(str(file), name="path")
            initializer = tf.lookup.TextFileInitializer(path, *typed(key), *typed(value), **more)
            default = tf.constant("none" if value[0] == "string" else -1, value[0])
            table = tf.lookup.StaticHashTable(initializer, default)
            x = tf1.placeholder(key[0], [None], name="x")
            session.run(tf1.tables_initializer())
            tf1.add_to_collection(tf1.GraphKeys.ASSET_FILEPATHS, path)
            tf1.saved_model.simple_save(
                session, str(folder), {"x": x}, {"y": table.lookup(x)}, legacy_init_op=tf1.tables_initializer(name="tables")
            )
        return folder

    return export


LINE, NUMBER = -2, -1
LINES = b"red\ngreen\r\n\tblue \n"
KINDS = [
    pytest.param(LINES, ("string", LINE), ("int64", NUMBER), {}, [b"red", b"green", b"\tblue ", b"other"], id="lines to numbers"),
    pytest.param(LINES, ("int64", NUMBER), ("string", LINE), {}, [0, 1, 2, 3], id="numbers to lines"),
    pytest.param(LINES, ("string", LINE), ("int64", NUMBER), {"vocab_size": 2}, [b"green", b"\tblue "], id="first lines"),
    pytest.param(LINES, ("string", LINE), ("int64", NUMBER), {"value_index_offset": 5}, [b"red", b"green"], id="offset"),
    pytest.param(COLUMNS, ("string", 0), ("int64", 1), {}, [b"red", b"green", b"blue"], id="columns"),
    pytest.param(COLUMNS, ("int64", 1), ("float32", 2), {}, [7, -8, 9, 1], id="numbers in columns"),
    pytest.param(b"a,1\nb,2\n", ("string", 0), ("int64", 1), {"delimiter": ","}, [b"a", b"b"], id="delimiter"),
]


@pytest.mark.parametrize(("content", "key", "value", "more", "asked"), KINDS)
def test_a_table_from_a_file_is_filled_from_constants(  # noqa: PLR0917  # a case of the table
    vocabulary: Any, lab: Any, content: bytes, key: Any, value: Any, more: dict[str, Any], asked: list[Any]
) -> None:
    import numpy as np

    folder = vocabulary(content, key, value, **more)
    source = lab.open(folder)
    rewritten = lab.freeze(source)
    assert rewritten.signatures[0].targets == ("tables",)
    values = {"x": np.array(asked, dtype=object if key[0] == "string" else key[0])}
    signature = source.inspection.meta_graphs[0].signatures[0]
    found = lab.frozen(rewritten, values)
    lab.same(found, lab.saved_model(folder, ["serve"], signature, values))
    assert len(set(found["y"].tolist())) > 1
    assert b"words.tsv" not in lab.content_of(rewritten)


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"red\t1\n\ngreen\t2\n", "empty line 2"), (b"red\n", "no column 1 in line 1"), (b"red\tmany\n", "no number")],
)
def test_a_file_that_the_table_cannot_take_is_refused(vocabulary: Any, lab: Any, content: bytes, why: str) -> None:
    folder = vocabulary(b"red\t1\n", ("string", 0), ("int64", 1))
    (folder / "assets" / "words.tsv").write_bytes(content)
    with pytest.raises(ConversionRefusedError, match=why) as refused:
        lab.freeze(lab.open(folder))
    assert "saved_model" in refused.value.hint


def test_a_file_that_is_missing_is_refused(models: Path, lab: Any) -> None:
    tree = LocalTree(models / "tf1_assets_table")
    files = [file.path for file in tree.files() if not file.path.startswith("assets/")]
    with pytest.raises(ConversionRefusedError, match=r"assets/.* is missing"):
        lab.freeze(lab.open(SubTree(tree, files)))


@pytest.fixture
def initialised(tmp_path: Path) -> Callable[..., Path]:
    """Exports a model whose loader runs an initialiser."""
    import tensorflow as tf
    from tensorflow.compat import v1 as tf1

    def export(value: Callable[[Any], Any], resource: bool) -> Path:
        folder = tmp_path / "model"
        with tf1.Graph().as_default(), tf1.Session() as session:
            x = tf1.placeholder(tf.float32, [2], name="x")
            local = tf1.get_local_variable("local", initializer=value(tf1), use_resource=resource)
            unused = tf1.get_local_variable("unused", initializer=lambda: tf1.random_uniform([3]), use_resource=resource)
            weight = tf1.get_variable("weight", initializer=[3.0, 4.0], use_resource=resource)
            y = tf1.identity(x * local + weight, name="y")
            init = tf1.group(tf1.local_variables_initializer(), tf1.tables_initializer(), name="main")
            session.run([tf1.global_variables_initializer(), init])
            del unused
            tf1.saved_model.simple_save(session, str(folder), {"x": x}, {"y": y}, legacy_init_op=init)
        return folder

    return export


@pytest.mark.parametrize("resource", [False, True], ids=["references", "resources"])
def test_a_variable_that_the_loader_initialises_becomes_its_initial_value(initialised: Any, lab: Any, resource: bool) -> None:
    folder = initialised(lambda tf1: tf1.constant([2.0, 5.0]), resource)
    source = lab.open(folder)
    rewritten = lab.freeze(source)
    assert rewritten.signatures[0].targets == ()
    values = {"x": [1.0, 1.0]}
    assert lab.frozen(rewritten, values)["y"].tolist() == [5.0, 9.0]
    kept = lab.freeze(source, keep_variables=("*",))
    assert kept.signatures[0].targets == ("weight/restore", "main")
    assert lab.frozen(kept, values)["y"].tolist() == [5.0, 9.0]


def test_a_variable_that_starts_anew_each_time_is_refused_or_kept(initialised: Any, lab: Any) -> None:
    source = lab.open(initialised(lambda tf1: lambda: tf1.random_uniform([2]), True))
    with pytest.raises(ConversionRefusedError, match=r"RandomUniform.* another thing each time"):
        lab.freeze(source)
    kept = lab.freeze(source, keep_variables=("local",))
    assert 3.0 <= lab.frozen(kept, {"x": [1.0, 1.0]})["y"][0] <= 4.0
