"""`tfreg run`: one run of a signature."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tfreg.cli.choosing import tag_set
from tfreg.cli.completions import complete_reference
from tfreg.cli.settings import OutputForm, OutputOption, TagSetOption, settings_of
from tfreg.cli.writing import note, write_json, write_lines
from tfreg.core.bindings import BindingQuery
from tfreg.core.errors import DestinationExistsError, RequestInvalidError

if TYPE_CHECKING:
    from tfreg.cli.running import Ran, Runnable


def run(
    context: typer.Context,
    *,
    subject: Annotated[
        str, typer.Argument(metavar="REF|PATH", help="A reference or a local path.", autocompletion=complete_reference)
    ],
    signature: Annotated[str, typer.Option(metavar="KEY", help="Else serving_default, or the only callable one.")] = "",
    tags: TagSetOption = "",
    outputs: Annotated[
        list[str] | None, typer.Option("--output", metavar="KEY,...", help="Output keys, or any tensors. Repeatable.")
    ] = None,
    inputs: Annotated[
        list[str] | None,
        typer.Option("--inputs", metavar="KEY=FILE[ITEM];...", help="Values from .npy or .npz files. Repeatable."),
    ] = None,
    input_exprs: Annotated[
        list[str] | None,
        typer.Option("--input-exprs", metavar="KEY=EXPR;...", help="Values such as np.ones((2, 3)). Repeatable."),
    ] = None,
    input_examples: Annotated[
        list[str] | None,
        typer.Option("--input-examples", metavar="KEY=[{...}]", help="Dicts, each of which becomes a tf.train.Example."),
    ] = None,
    outdir: Annotated[str, typer.Option(metavar="DIR", help="Write each output to DIR/KEY.npy instead of printing it.")] = "",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files in --outdir.")] = False,
    allow_pickle: Annotated[
        bool, typer.Option("--allow-pickle", help="Read pickled objects too; they run code, within the sandbox.")
    ] = False,
    allow_foreign_code: Annotated[
        bool, typer.Option("--allow-foreign-code", help="Run the model's own Python code, within the sandbox.")
    ] = False,
    allow_unsandboxed: Annotated[
        bool, typer.Option("--allow-unsandboxed", help="Run TensorFlow though this machine has no sandbox.")
    ] = False,
    output: OutputOption = OutputForm.TABLE,
) -> None:
    """Run a signature once, and print or save what it gives.

    TensorFlow runs it in a sandboxed process, by the names that resolve tells. A version is pulled into the cache first.
    """
    from tfreg.cli.commands.resolve import option_hint, split_keys
    from tfreg.cli.given_inputs import given_inputs
    from tfreg.cli.permissions import permission_hint
    from tfreg.cli.running import ran, runnable

    settings = settings_of(context)
    given = given_inputs(inputs or (), input_exprs or (), input_examples or ())
    query = BindingQuery(signature, tag_set(tags), tuple(key for text in outputs or () for key in split_keys(text)))
    with option_hint():
        model = runnable(subject, query, settings)
    if outdir:
        _check_outdir(Path(outdir).expanduser(), model, overwrite=overwrite)
    if model.binding.guessed:
        note("note: no signature says the names; they are a guess.", quiet=settings.quiet)
    with (
        permission_hint(),
        ran(
            model, given, settings, allow_pickle=allow_pickle, foreign=allow_foreign_code, unsandboxed=allow_unsandboxed
        ) as result,
    ):
        saved = _save(result, Path(outdir).expanduser()) if outdir else {}
        if output is OutputForm.JSON:
            write_json(_document(model, result, saved))
        else:
            write_lines(_lines(result, saved))


def _lines(result: Ran, saved: dict[str, Path]) -> list[str]:
    """Returns what saved_model_cli run prints."""
    lines: list[str] = []
    for one in result.outputs:
        if one.key in saved:
            lines.append(f"Output {one.key} is saved to {saved[one.key]}")
        else:
            lines += [f"Result for output key {one.key}:", *str(_array(result.content(one))).splitlines()]
    return lines


def _document(model: Runnable, result: Ran, saved: dict[str, Path]) -> dict[str, object]:
    from tfreg.cli.tensor_text import value_json

    return {
        "subject": model.name,
        "format": model.binding.format,
        "signature": model.binding.signature,
        "outputs": [
            {
                "key": one.key,
                "dtype": one.dtype,
                "shape": list(one.shape),
                **({"path": str(saved[one.key])} if one.key in saved else {"value": value_json(_array(result.content(one)))}),
            }
            for one in result.outputs
        ],
    }


def _array(content: bytes) -> Any:
    import numpy as np

    return np.load(io.BytesIO(content), allow_pickle=False)


def _save(result: Ran, folder: Path) -> dict[str, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    saved = {}
    for one in result.outputs:
        path = folder / _file_name(one.key)
        path.write_bytes(result.content(one))
        saved[one.key] = path
    return saved


def _check_outdir(folder: Path, model: Runnable, *, overwrite: bool) -> None:
    """Refuses before the run what could not be written after it.

    Raises:
        DestinationExistsError: A file is there already, or the folder is a file.
        RequestInvalidError: Two outputs have keys that give one file name.
    """
    if folder.exists() and not folder.is_dir():
        raise DestinationExistsError(f"'{folder}' is not a folder.", hint="Name a folder.", path=str(folder))
    paths = [folder / _file_name(fetch.key or str(fetch.ref or "")) for fetch in model.binding.fetches]
    for path in paths:
        if paths.count(path) > 1:
            raise RequestInvalidError(
                f"Two outputs would be the one file '{path}'.", hint="Run them one by one: --output KEY.", path=str(path)
            )
        if path.exists() and not overwrite:
            raise DestinationExistsError(f"'{path}' is there already.", hint="Add --overwrite.", path=str(path))


def _file_name(key: str) -> str:
    """Returns the name of an output's file: `a/b:1` gives `a_b_1.npy`."""
    return re.sub(r"[^\w.-]", "_", key).lstrip(".") + ".npy"
