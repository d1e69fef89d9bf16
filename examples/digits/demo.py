"""The main job, end to end: train, push, resolve, run by name from Java; then once more after an export that renamed everything.

Run it by `make demo`. All that it makes goes below `.demo/` in the checkout, which is made anew each time.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
WORK = CHECKOUT / ".demo"
TFREG = Path(sys.executable).parent / "tfreg"
JAVA_CLASSES = CHECKOUT / "examples/digits/java/target"
MODEL = "demo/digits"
PROD = f"{MODEL}@prod"
NAME_NOT_IN_GRAPH = 3
"""Exit code of the Java program when TensorFlow does not know a hard-coded name."""


@dataclass(frozen=True)
class Names:
    """The operation to feed and the operation to fetch, as a resolve answered them."""

    feed: str
    fetch: str

    def __str__(self) -> str:
        return f"{self.feed} -> {self.fetch}"


@dataclass(frozen=True)
class Predictions:
    """How often a program was right on the held-back images, and what it said for each."""

    accuracy: float
    predictions: list[int]

    def __str__(self) -> str:
        return f"accuracy {self.accuracy:.4f}, first predictions {self.predictions[:10]}"


def main() -> None:
    """Runs the demo; ends with an error as soon as something is not as it should be."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir()
    say("Train a small CNN on scikit-learn's scanned digits, export it twice (same keys and weights, other tensor names)")
    python = train()
    with registry() as server:
        say("First export: push, show, resolve, run in Java by the names that the registry gave")
        tfreg(server, "push", ".demo/first", MODEL, "--alias", "prod")
        tfreg(server, "show", PROD)
        tfreg(server, "resolve", PROD, "-o", "java")
        first = names(server)
        same_as_python(java(server), python)
        pulled = tfreg(server, "pull", PROD, ".demo/model")
        check("received 0 B" in pulled, "Python must find what Java has pulled in the cache that they share")

        say("Second export: every tensor has another name; the alias moves, the Java program stays as it is")
        tfreg(server, "push", ".demo/second", MODEL, "--alias", "prod")
        second = names(server)
        print(f"names of {MODEL}:1  {first}\nnames of {MODEL}:2  {second}\n")
        check(first.feed != second.feed and first.fetch != second.fetch, "the two exports must not share a name")
        same_as_python(java(server), python)

        say("What happens without a registry: the first export's names, hard-coded, on the second model")
        failed = java(server, "--hard-coded", first.feed, first.fetch, expect=NAME_NOT_IN_GRAPH)
        check("No Operation named" in failed, "TensorFlow must refuse the hard-coded names")
    say("Done: two exports, one Java program, no name in its source")


def train() -> Predictions:
    """Trains and exports in a child process; returns Python's own predictions."""
    quiet = subprocess.run(
        [sys.executable, CHECKOUT / "examples/digits/train.py", WORK], check=False, capture_output=True, text=True
    )
    check(quiet.returncode == 0, f"training failed:\n{quiet.stderr}")
    answer = Predictions(**json.loads((WORK / "python.json").read_text()))
    print(f"Python on the held-back images: {answer}\n")
    return answer


@contextmanager
def registry() -> Iterator[str]:
    """Runs a registry of its own on a free port; yields its address."""
    command = [str(TFREG), "serve", "--listen", "127.0.0.1:0", "--data", str(WORK / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        ready = child.stdout.readline()
        check(" on " in ready, "the registry did not start; see its message above")
        try:
            yield ready.rsplit(" on ", 1)[1].strip()
        finally:
            child.terminate()


def tfreg(server: str, *arguments: str) -> str:
    """Runs a tfreg command before the reader's eyes; returns what it printed."""
    print(f"$ tfreg {shlex.join(arguments)}", flush=True)
    output = run([TFREG, *arguments], server)
    print(flush=True)
    return output


def names(server: str) -> Names:
    """Asks the registry, as a program does, which names to use now."""
    answer = json.loads(run([TFREG, "resolve", PROD, "-o", "json"], server, show=False))
    return Names(answer["feeds"][0]["operation"], answer["fetches"][0]["operation"])


def java(server: str, *options: str, expect: int = 0) -> str:
    """Runs the Java program; returns what it printed."""
    print(f"$ java -cp ... dev.tfreg.examples.digits.Digits {' '.join([server, PROD, '.demo/samples', *options])}", flush=True)
    classpath = f"{JAVA_CLASSES / 'classes'}{os.pathsep}{JAVA_CLASSES / 'lib' / '*'}"
    command = ["java", "-cp", classpath, "dev.tfreg.examples.digits.Digits", server, PROD, str(WORK / "samples"), *options]
    output = run(command, server, expect=expect)
    print(flush=True)
    return output


def same_as_python(output: str, python: Predictions) -> None:
    """Holds Java's predictions against Python's: all must be equal."""
    java_predictions = json.loads(next(line for line in output.splitlines() if line.startswith("{")))["predictions"]
    check(java_predictions == python.predictions, "Java and Python must predict the same")
    print(f"Python says the same for all {len(java_predictions)} images: {python}\n")


def run(command: Sequence[str | Path], server: str, *, expect: int = 0, show: bool = True) -> str:
    """Runs a command with TFREG_SERVER and a cache of the demo's own; prints and returns its output.

    Lines that are JSON are for this program; what Java writes to stderr (TensorFlow's own log) is shown only if something goes wrong.
    """
    environment = {**os.environ, "TFREG_SERVER": server, "TFREG_CACHE": str(WORK / "cache"), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, check=False, cwd=CHECKOUT, env=environment, capture_output=True, text=True)
    if show:
        shown = done.stdout + (done.stderr if command[0] == TFREG else "")
        print("".join(line for line in shown.splitlines(keepends=True) if not line.startswith("{")), end="")
    check(done.returncode == expect, f"{command[0]} ended with {done.returncode}, not {expect}:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def say(text: str) -> None:
    """Prints a heading."""
    print(f"--- {text}\n", flush=True)


def check(holds: bool, otherwise: str) -> None:
    """Ends the demo with an error unless something holds."""
    if not holds:
        raise SystemExit(f"demo failed: {otherwise}")


if __name__ == "__main__":
    main()
