"""What differs between a lock file's entry and what the registry says now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfreg.core.locks.lock import LockedModel, LockedSignature
from tfreg.core.tensors import TensorSpec
from tfreg.core.written_types import written_type


def changes(before: LockedModel | None, after: LockedModel) -> list[str]:
    """Returns a line for each difference; none if the entry still holds."""
    if before is None:
        return ["is not in the lock file"]
    if before == after:
        return []
    lines = [
        f"{what} {was or '-'} -> {now or '-'}"
        for what, was, now in (
            ("model", before.model, after.model),
            ("version", str(before.version), str(after.version)),
            ("artifact", before.artifact_digest, after.artifact_digest),
            ("format", before.format, after.format),
        )
        if was != now
    ]
    lines += _signatures({one.key: one for one in before.signatures}, {one.key: one for one in after.signatures})
    if not lines and before.interface_fingerprint != after.interface_fingerprint:
        lines.append(f"interface {before.interface_fingerprint or '-'} -> {after.interface_fingerprint or '-'}")
    return lines or ["is written in another way than this tfreg writes it"]


def _signatures(before: Mapping[str, LockedSignature], after: Mapping[str, LockedSignature]) -> Iterator[str]:
    for key in sorted(before.keys() | after.keys(), key=str.encode):
        was, now = before.get(key), after.get(key)
        if was is None or now is None:
            yield f"signature {key}: {'new' if was is None else 'gone'}"
            continue
        inputs = _tensors(_inputs(was), _inputs(now), "input")
        outputs = _tensors(
            {one.key: _written(one) for one in was.outputs}, {one.key: _written(one) for one in now.outputs}, "output"
        )
        lines = [*inputs, *outputs]
        if was.method_name != now.method_name:
            lines.append(f"method {was.method_name or '-'} -> {now.method_name or '-'}")
        if not lines and was != now:
            lines.append(f"fingerprint {was.fingerprint or '-'} -> {now.fingerprint or '-'}")
        yield from (f"signature {key}: {line}" for line in lines)


def _tensors(before: Mapping[str, str], after: Mapping[str, str], kind: str) -> Iterator[str]:
    for key in sorted(before.keys() | after.keys(), key=str.encode):
        was, now = before.get(key), after.get(key)
        if was is None:
            yield f"{kind} {key}: new, {now}"
        elif now is None:
            yield f"{kind} {key}: gone"
        elif was != now:
            yield f"{kind} {key}: {was} -> {now}"


def _inputs(signature: LockedSignature) -> dict[str, str]:
    return {feed.tensor.key: _input(feed.tensor, feed.use.value) for feed in signature.inputs}


def _input(tensor: TensorSpec, use: str) -> str:
    return f"{_written(tensor)} {use}"


def _written(tensor: TensorSpec) -> str:
    if not tensor.encoding:
        return written_type(tensor)
    return f"{tensor.encoding}({', '.join(f'{part.key} {_written(part)}' for part in tensor.components)})"
