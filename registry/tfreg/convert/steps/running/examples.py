"""Dicts as serialised tf.train.Examples, which is what parsing receivers of estimators take."""

from __future__ import annotations

import ast

import numpy as np

from tfreg.core.errors import InputsInvalidError

_MAX_CHARACTERS = 1 << 20


def serialised_examples(key: str, text: str) -> np.ndarray:
    """Returns an array of serialised Examples for `[{'age': [22.0], 'name': ['a']}, ...]`, a list of dicts as Python writes it.

    Raises:
        InputsInvalidError: It is no such list.
    """
    import tensorflow as tf

    found = np.empty(0, object)
    try:
        listed = ast.literal_eval(text) if len(text) <= _MAX_CHARACTERS else None
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise ValueError("it is no list of dicts")
        examples = [
            tf.train.Example(features=tf.train.Features(feature={str(name): _feature(value) for name, value in one.items()}))
            for one in listed
        ]
        found = np.empty(len(examples), object)
        found[:] = [example.SerializeToString() for example in examples]
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError) as error:
        raise InputsInvalidError(
            f"The examples of {key!r} cannot be read: {error}.",
            hint="Write a list of dicts of lists: [{'age': [22.0], 'name': ['a']}].",
            key=key,
        ) from None
    return found


def _feature(value: object) -> object:
    import tensorflow as tf

    values = value if isinstance(value, list) else [value]
    if all(isinstance(one, str | bytes) for one in values):
        texts = [one.encode() if isinstance(one, str) else one for one in values]
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=texts))
    if all(isinstance(one, int) for one in values):
        return tf.train.Feature(int64_list=tf.train.Int64List(value=values))
    if all(isinstance(one, int | float) for one in values):
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))
    raise ValueError("a feature holds texts, integers or floats only")
