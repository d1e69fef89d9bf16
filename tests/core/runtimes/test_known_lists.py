"""The lists of ops that come with tfreg are those that the runtimes themselves give."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tfreg.core.runtimes.known import known_runtime
from tfreg.core.runtimes.op_list import read_op_list

TESTS = Path(__file__).parents[2]
JARS = TESTS.parent / "examples" / "digits" / "java" / "target" / "lib"


@pytest.mark.java
@pytest.mark.timeout(300)
def test_tensorflow_java_has_the_ops_that_are_listed_for_it(tmp_path: Path) -> None:
    program = TESTS / "fixtures" / "make" / "OpList.java"
    command = ["java", "-cp", f"{JARS}/*", str(program), str(tmp_path / "ops")]
    told = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
    profile, op_list = known_runtime("tensorflow-java-1.1.0")
    assert told.stdout.strip() == profile.tensorflow_version
    assert read_op_list((tmp_path / "ops").read_bytes()) == read_op_list(op_list)


@pytest.mark.tensorflow
@pytest.mark.timeout(300)
@pytest.mark.xdist_group("tensorflow")
@pytest.mark.filterwarnings("ignore")
def test_tensorflow_has_the_ops_that_are_listed_for_it() -> None:
    import tensorflow as tf
    from tensorflow.python.client import pywrap_tf_session

    profile, op_list = known_runtime("tensorflow-2.21.0")
    assert tf.__version__ == profile.tensorflow_version
    own = read_op_list(pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList()))
    listed = read_op_list(op_list)
    assert {name: own[name] for name in listed} == dict(listed)
