"""SignatureDefs of signatures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tfreg.core.dtypes import dtype_number
from tfreg.core.errors import ConversionRefusedError, OptionUnsupportedError
from tfreg.core.formats.signatures import SPARSE
from tfreg.core.inspections import Signature
from tfreg.core.resolving.nearest import listed, shown
from tfreg.core.signing.request import PREDICT
from tfreg.core.tensors import Shape, TensorRef, TensorSpec
from tfreg.wire.meta_graph_pb2 import SignatureDef, TensorInfo
from tfreg.wire.tensor_pb2 import TensorShapeProto


def renamed_as_asked(signatures: Sequence[Signature], new_signature: str, method_name: str) -> tuple[Signature, ...]:
    """Returns the signatures under the key and with the method name that the caller wants.

    Raises:
        OptionUnsupportedError: One key for several signatures.
    """
    if new_signature and len(signatures) != 1:
        keys = listed([shown(signature.key) for signature in signatures])
        raise OptionUnsupportedError(
            f"One key cannot be given to {len(signatures)} signatures: {keys}.", hint="Say which one: --signature KEY.", keys=keys
        )
    return tuple(
        replace(one, key=new_signature or one.key, method_name=method_name or one.method_name or PREDICT, declared=False)
        for one in signatures
    )


def signature_defs(signatures: Iterable[Signature], known: Mapping[str, SignatureDef]) -> dict[str, SignatureDef]:
    """Returns the SignatureDefs by key.

    Args:
        signatures: What they are to say.
        known: Those of the source: composite tensors, whose types a signature does not hold, are copied from there, and default values.

    Raises:
        ConversionRefusedError: A composite tensor that no signature of the source has.
    """
    infos = [info for definition in known.values() for info in (*definition.inputs.values(), *definition.outputs.values())]
    defaults = {
        definition.inputs[key].name: value
        for definition in known.values()
        for key, value in definition.defaults.items()
        if key in definition.inputs
    }
    found: dict[str, SignatureDef] = {}
    for signature in signatures:
        definition = found[signature.key] = SignatureDef(method_name=signature.method_name)
        for spec in signature.inputs:
            definition.inputs[spec.key].CopyFrom(_info(spec, infos))
            if str(spec.ref) in defaults:
                definition.defaults[spec.key].CopyFrom(defaults[str(spec.ref)])
        for spec in signature.outputs:
            definition.outputs[spec.key].CopyFrom(_info(spec, infos))
    return found


def tensor_info(ref: TensorRef, dtype: str, shape: Shape = None) -> TensorInfo:
    """Returns what a SignatureDef says of a plain tensor. A shape is always said: tf.saved_model.load takes none for that of a scalar."""
    return TensorInfo(name=str(ref), dtype=dtype_number(dtype), tensor_shape=shape_proto(shape))  # type: ignore[arg-type]


def shape_proto(shape: Shape) -> TensorShapeProto:
    """Returns a shape as TensorFlow writes it."""
    proto = TensorShapeProto(unknown_rank=shape is None)
    for size in shape or ():
        proto.dim.add(size=-1 if size is None else size)
    return proto


def _info(spec: TensorSpec, known: Sequence[TensorInfo]) -> TensorInfo:
    if spec.ref is not None:
        return tensor_info(spec.ref, spec.dtype, spec.shape if spec.has_shape else None)
    refs = [str(component.ref) for component in spec.components]
    same = next((info for info in known if _composite_refs(info) == refs), None)
    if same is not None:
        return same
    if spec.encoding == SPARSE and len(refs) == 3:
        info = TensorInfo(dtype=dtype_number(spec.dtype))  # type: ignore[arg-type]
        sparse = info.coo_sparse
        sparse.values_tensor_name, sparse.indices_tensor_name, sparse.dense_shape_tensor_name = refs
        info.tensor_shape.CopyFrom(shape_proto(spec.shape if spec.has_shape else None))
        return info
    raise ConversionRefusedError(
        f"The tensor {shown(spec.key)} is a {spec.encoding or 'composite tensor'}, whose type only the model's own signatures say.",
        hint="Name its components as inputs and outputs of their own.",
        key=spec.key,
    )


def _composite_refs(info: TensorInfo) -> list[str]:
    """Returns the tensors of a composite one, in the order in which an inspection lists them; none for a plain one."""
    if info.HasField("coo_sparse"):
        sparse = info.coo_sparse
        return [sparse.values_tensor_name, sparse.indices_tensor_name, sparse.dense_shape_tensor_name]
    if info.HasField("composite_tensor"):
        return [part.name for part in info.composite_tensor.components]
    return []
