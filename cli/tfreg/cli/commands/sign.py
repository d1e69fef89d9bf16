"""`tfreg sign`: declares a signature for a model that lacks one, or has a wrong one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from tfreg.cli.choosing import tag_set
from tfreg.cli.completions import complete_reference
from tfreg.cli.documents import Document, diagnostic_document, signature_document
from tfreg.cli.inspection_text import problem_lines, signature_lines
from tfreg.cli.registry import open_registry
from tfreg.cli.settings import OutputForm, OutputOption, settings_of
from tfreg.cli.tables import table
from tfreg.cli.wording import time_text, timestamp
from tfreg.cli.writing import note, write_json, write_lines
from tfreg.core.errors import RequestInvalidError
from tfreg.core.names import is_path, parse_reference
from tfreg.core.records import SignatureDeclaration, Signed

_EXAMPLES = {"--input": "image=x:0", "--output": "prob=softmax:0"}


def sign(
    context: typer.Context,
    *,
    reference: Annotated[
        str, typer.Argument(metavar="REF", help="A version, such as team/name:7.", autocompletion=complete_reference)
    ],
    key: Annotated[str, typer.Argument(metavar="[KEY]", help="The signature's key, such as serving_default.")] = "",
    inputs: Annotated[
        list[str] | None, typer.Option("--input", metavar="KEY=TENSOR", help="Such as image=x:0. Repeatable.")
    ] = None,
    outputs: Annotated[
        list[str] | None, typer.Option("--output", metavar="KEY=TENSOR", help="Such as prob=softmax:0. Repeatable.")
    ] = None,
    tags: Annotated[str, typer.Option("--tag-set", metavar="A,B", help="Of which graph; else the only tag set, or serve.")] = "",
    method_name: Annotated[str, typer.Option(metavar="NAME", help="Else tensorflow/serving/predict.")] = "",
    targets: Annotated[
        list[str] | None,
        typer.Option("--target", metavar="OP", help="An operation to run once before the first call. Repeatable."),
    ] = None,
    declared_tags: Annotated[
        str, typer.Option("--set-tags", metavar="A,B", help="Tag set under which callers shall find it instead.")
    ] = "",
    override: Annotated[
        bool, typer.Option("--override", help="Let it stand in place of the model's own one of this key.")
    ] = False,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take a declared signature back.")] = False,
    history: Annotated[bool, typer.Option("--list", help="List what was declared and withdrawn.")] = False,
    output: OutputOption = OutputForm.TABLE,
) -> None:
    """Declare a signature. It is kept beside the model, which stays as it is, and used by resolve and show from then on."""
    if is_path(reference):
        raise RequestInvalidError(
            f"'{reference}' is a local path; a signature is declared for a version in a registry.",
            hint=f"Push it first: tfreg push {reference} team/name",
        )
    wanted = parse_reference(reference)
    declaring = bool(inputs or outputs or targets or method_name or declared_tags or override)
    _check(key, declaring=declaring, withdraw=withdraw, history=history)
    settings = settings_of(context)
    with open_registry(settings) as client:
        if history:
            print_history(list(client.signature_declarations(reference)), output, quiet=settings.quiet)
        elif withdraw:
            additions = client.withdraw_signature(reference, key, tags=tag_set(tags))
            print_withdrawn(reference, key, additions, output)
        else:
            signed = client.sign(
                reference,
                key,
                inputs=tensors(inputs or (), "--input"),
                outputs=tensors(outputs or (), "--output"),
                tags=tag_set(tags),
                method_name=method_name,
                targets=targets or (),
                declared_tags=tag_set(declared_tags),
                override=override,
            )
            print_signed(f"{wanted.model}:{signed.version}", signed, output)


def tensors(texts: Iterable[str], option: str) -> dict[str, str]:
    """Reads `image=x:0`.

    Raises:
        RequestInvalidError: One is written otherwise, or a key is named twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        key, equals, tensor = text.partition("=")
        if not equals or not key:
            raise RequestInvalidError(f"'{text}' names no key and tensor.", hint=f"Write {option} {_EXAMPLES[option]}.")
        if key in found:
            raise RequestInvalidError(f"The key '{key}' is named twice.", hint=f"Write each {option} once.")
        found[key] = tensor
    return found


def print_signed(reference: str, signed: Signed, output: OutputForm) -> None:
    """Prints the signature as callers will see it, and what is doubtful about it."""
    if output is OutputForm.JSON:
        write_json(
            {
                "reference": reference,
                "changed": signed.changed,
                "additions": signed.additions,
                "signature": signature_document(signed.signature),
                "diagnostics": [diagnostic_document(diagnostic) for diagnostic in signed.diagnostics],
            }
        )
        return
    write_lines(
        [
            f"{reference} {'signed' if signed.changed else 'signed so already'}",
            *signature_lines(signed.signature, java=False, indent="  "),
            *problem_lines(signed.diagnostics),
        ]
    )


def print_withdrawn(reference: str, key: str, additions: int, output: OutputForm) -> None:
    """Prints that a signature was taken back."""
    if output is OutputForm.JSON:
        write_json({"reference": reference, "key": key, "additions": additions})
    else:
        write_lines([f"{reference}: signature {key} withdrawn"])


def print_history(entries: Sequence[SignatureDeclaration], output: OutputForm, *, quiet: bool) -> None:
    """Prints what was declared and withdrawn, newest first."""
    if output is OutputForm.JSON:
        write_json({"declarations": [declaration_document(entry) for entry in entries]})
        return
    if not entries:
        note("No signature was ever declared", quiet=quiet)
    rows = [
        (
            str(entry.addition),
            entry.declared.signature.key,
            ",".join(entry.declared.seen_tags) or "-",
            "withdrawn" if entry.withdrawn else "declared",
            time_text(entry.declared_at_ms),
        )
        for entry in entries
    ]
    write_lines(table(rows, header=("addition", "key", "tags", "what", "when")))


def declaration_document(entry: SignatureDeclaration) -> Document:
    """An entry of the journal."""
    declared = entry.declared
    return {
        "addition": entry.addition,
        "withdrawn": entry.withdrawn,
        "declared_at": timestamp(entry.declared_at_ms),
        "tags": list(declared.tags),
        "declared_tags": list(declared.declared_tags),
        "targets": list(declared.targets),
        "override": declared.override,
        "signature": signature_document(declared.signature),
    }


def _check(key: str, *, declaring: bool, withdraw: bool, history: bool) -> None:
    """Checks that one thing is asked for, with what it needs."""
    if declaring + withdraw + history > 1:
        raise RequestInvalidError("Declaring, --withdraw and --list are three things.", hint="Ask for one of them.")
    if not history and not key:
        raise RequestInvalidError("No key was given.", hint="Write tfreg sign REF KEY --input image=x:0 --output prob=softmax:0.")
    if not (declaring or withdraw or history):
        raise RequestInvalidError(
            f"No tensors were given for '{key}'.",
            hint="Write --input image=x:0 --output prob=softmax:0; --list tells what is declared.",
        )
