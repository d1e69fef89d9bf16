"""What to say of pickles: loading one runs whatever it names."""

from __future__ import annotations

from collections.abc import Sequence

from tfreg.core.formats.problems import Problems
from tfreg.core.resolving.nearest import listed

_MODULES = frozenset(
    {
        *(
            "os",
            "nt",
            "posix",
            "subprocess",
            "commands",
            "pty",
            "sys",
            "shutil",
            "socket",
            "runpy",
            "code",
            "codeop",
            "ctypes",
            "marshal",
        ),
        *(
            "importlib",
            "pickle",
            "_pickle",
            "dill",
            "cloudpickle",
            "pdb",
            "bdb",
            "webbrowser",
            "asyncio",
            "multiprocessing",
            "signal",
        ),
        *(
            "http",
            "httplib",
            "urllib",
            "urllib2",
            "ftplib",
            "smtplib",
            "requests",
            "aiohttp",
            "platform",
            "tempfile",
            "pip",
            "timeit",
        ),
    }
)
_NAMES = {
    **dict.fromkeys(("builtins", "__builtin__"), frozenset({
        *("eval", "exec", "execfile", "compile", "open", "file", "input", "breakpoint", "apply"),
        *("getattr", "setattr", "delattr", "__import__", "globals", "locals", "vars"),
    })),
    "operator": frozenset({"attrgetter", "methodcaller", "itemgetter"}),
    "functools": frozenset({"partial", "reduce"}),
    "types": frozenset({"CodeType", "FunctionType"}),
    "torch": frozenset({"load"}),
    "numpy": frozenset({"load"}),
}  # fmt: skip


def is_dangerous(name: str) -> bool:
    """Whether a name, such as `os.system`, gives its caller more than data."""
    module, _, attribute = name.rpartition(".")
    return module.partition(".")[0] in _MODULES or attribute in _NAMES.get(module, ())


def tell_pickle(problems: Problems, file: str, names: Sequence[str]) -> None:
    """Says that a file is a pickle, and which names it imports; those that can run commands first."""
    hint = "Load it only if you trust whoever made it, or keep the weights in a format without code."
    dangerous = [name for name in names if is_dangerous(name)]
    if dangerous:
        message = f"Loading {file} can run any code, and it names what does: {listed(dangerous)}."
    elif names:
        message = f"Loading {file} can run any code; it imports {listed(names)}."
    else:
        message = f"Loading {file} can run any code; it names nothing to import."
    problems.warn("TFR404", message, hint, file=file)
