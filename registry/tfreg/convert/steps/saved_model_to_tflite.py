"""A SavedModel as a TFLite model that keeps its signatures."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfreg.convert.steps.arguments import options_of, target_file
from tfreg.convert.steps.versions import tool_versions
from tfreg.convert.work import Work
from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.inspections import Signature

if TYPE_CHECKING:
    from tfreg.convert.steps.tflite.signatures import ChosenSignatures


def run(work: Work) -> None:
    """Converts the role `source`; `samples` are inputs to measure ranges on, for full integers.

    Raises:
        OpUnsupportedError: TFLite lacks an op that the model uses.
        InputsInvalidError: The samples do not fit.
        ConversionRefusedError: Samples are missing, or the converter fails; the message says why.
    """
    from tfreg.convert.steps.tflite.failures import refusal_of
    from tfreg.convert.steps.tflite.signatures import choose_signatures, with_only

    options = options_of(work)
    chosen = choose_signatures(work.inputs["source"], options)
    work.report("loading", 0.1, "")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        converter = _converter(with_only(work.inputs["source"], chosen, work.scratch), chosen)
        _configure(converter, work, options, chosen.kept)
        work.report("converting", 0.4, "")
        try:
            content = converter.convert()
        except Exception as error:  # the converter raises whatever fails within it
            raise refusal_of(error, chosen.meta_graph, options) from error
    (work.output / target_file(work, "model.tflite")).write_bytes(content)
    work.facts["tools"] = tool_versions()
    work.facts["notes"] = [
        {"code": "TFR501", "severity": "info", "message": f"The signature {key!r} was left out: {reason}.", "hint": ""}
        for key, reason in chosen.left_out.items()
    ]


def _converter(source: Path, chosen: ChosenSignatures) -> Any:
    """Returns a converter; that of TensorFlow 1 for a SavedModel that TensorFlow 2 cannot load.

    Raises:
        ConversionRefusedError: Neither can load it.
    """
    import tensorflow as tf

    from tfreg.convert.steps.tflite.failures import cannot_load

    path, tags = str(source), set(chosen.meta_graph.tags)
    keys = [one.key for one in chosen.kept]
    try:
        return tf.lite.TFLiteConverter.from_saved_model(path, signature_keys=keys, tags=tags)
    except Exception as error:  # some old exports load in a session only
        if len(keys) > 1:
            raise cannot_load(error) from error
        try:
            return tf.compat.v1.lite.TFLiteConverter.from_saved_model(path, tag_set=tags, signature_key=keys[0])
        except Exception:
            raise cannot_load(error) from error


def _configure(converter: Any, work: Work, options: ConversionOptions, signatures: tuple[Signature, ...]) -> None:
    import tensorflow as tf

    ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    if options.quantize:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if options.quantize == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if options.quantize == "int8":
        from tfreg.convert.steps.tflite.samples import representative_dataset

        ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.representative_dataset = representative_dataset(work.inputs.get("samples"), signatures)
    if options.select_tf_ops:
        ops.append(tf.lite.OpsSet.SELECT_TF_OPS)
        converter._experimental_lower_tensor_list_ops = False  # a loop with an open batch cannot be lowered
    converter.target_spec.supported_ops = ops
