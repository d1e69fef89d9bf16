"""A SavedModel as a TFLite model that keeps its signatures."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfreg.convert.steps.arguments import options_of, target_file
from tfreg.convert.steps.versions import tool_versions
from tfreg.convert.work import Work
from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.errors import TfregError
from tfreg.core.inspections import Signature

if TYPE_CHECKING:
    from tfreg.convert.steps.tflite.loadable import Loadable
    from tfreg.convert.steps.tflite.signatures import ChosenSignatures


def run(work: Work) -> None:
    """Converts the role `source`; `samples` are inputs to measure ranges on, for full integers.

    Raises:
        OpUnsupportedError: TFLite lacks an op that the model's default signature uses, or that each uses.
        InputsInvalidError: The samples do not fit.
        ConversionRefusedError: Samples are missing, or the converter fails; the message says why.
    """
    from tfreg.convert.steps.tflite.signatures import choose_signatures

    options = options_of(work)
    chosen = choose_signatures(work.inputs["source"], options)
    work.report("converting", 0.2, "")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        content = _converted(work, options, chosen)
    (work.output / target_file(work, "model.tflite")).write_bytes(content)
    work.facts["tools"] = tool_versions()
    work.facts["notes"] = [
        {
            "code": "TFR501",
            "severity": "warning",
            "message": f"The signature {key!r} was left out: {reason}.",
            "hint": chosen.hints.get(key, ""),
        }
        for key, reason in chosen.left_out.items()
    ]


def _converted(work: Work, options: ConversionOptions, chosen: ChosenSignatures) -> bytes:
    """Converts all signatures; if that fails, and none was asked for by name, those that can be: the default one always."""
    from tfreg.convert.steps.tflite.loadable import loadable
    from tfreg.convert.steps.tflite.signatures import DEFAULT, default_first

    source = loadable(work.inputs["source"], chosen, work.scratch)
    try:
        return _attempt(work, source, options, chosen, chosen.kept)
    except TfregError as error:
        if options.signature or len(chosen.kept) == 1:
            raise
        kept: list[Signature] = []
        for signature in default_first(chosen.kept):
            try:
                _attempt(work, source, options, chosen, (signature,))
            except TfregError as reason:
                if signature.key == DEFAULT:
                    raise
                chosen.left_out[signature.key] = reason.message.rstrip(".")
                chosen.hints[signature.key] = reason.hint
            else:
                kept.append(signature)
        if not kept:
            raise error
        chosen.kept = tuple(kept)
        return _attempt(work, source, options, chosen, chosen.kept)


def _attempt(
    work: Work, source: Loadable, options: ConversionOptions, chosen: ChosenSignatures, signatures: tuple[Signature, ...]
) -> bytes:
    from tfreg.convert.steps.tflite.failures import refusal_of

    converter = _converter(source.path, chosen, [one.key for one in signatures])
    _configure(converter, work, options, signatures, source)
    try:
        content = bytes(converter.convert())
    except Exception as error:  # the converter raises whatever fails within it
        raise refusal_of(error, chosen.meta_graph, options) from error
    return source.restored(content)


def _converter(source: Path, chosen: ChosenSignatures, keys: list[str]) -> Any:
    """Returns a converter; that of TensorFlow 1 for a SavedModel that TensorFlow 2 cannot load.

    Raises:
        ConversionRefusedError: Neither can load it.
    """
    import tensorflow as tf

    from tfreg.convert.steps.tflite.failures import cannot_load

    path, tags = str(source), set(chosen.meta_graph.tags)
    try:
        converter = tf.lite.TFLiteConverter.from_saved_model(path, signature_keys=keys, tags=tags)
    except Exception as error:  # some old exports load in a session only
        if len(keys) > 1:
            raise cannot_load(error) from error
        try:
            return tf.compat.v1.lite.TFLiteConverter.from_saved_model(path, tag_set=tags, signature_key=keys[0])
        except Exception:
            raise cannot_load(error) from error
    converter._saved_model_exported_names = keys  # it drops all but the default one of a model that has a function `serve`
    return converter


def _configure(
    converter: Any, work: Work, options: ConversionOptions, signatures: tuple[Signature, ...], source: Loadable
) -> None:
    import tensorflow as tf

    ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    if options.quantize:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if options.quantize == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if options.quantize == "int8":
        from tfreg.convert.steps.tflite.samples import representative_dataset

        ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.representative_dataset = representative_dataset(work.inputs.get("samples"), signatures, source.keys)
    if options.select_tf_ops:
        ops.append(tf.lite.OpsSet.SELECT_TF_OPS)
        converter._experimental_lower_tensor_list_ops = False  # a loop with an open batch cannot be lowered
    converter.target_spec.supported_ops = ops
