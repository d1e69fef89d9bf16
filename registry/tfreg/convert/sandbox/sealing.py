"""What a worker behind walls gives up, before it sees its job."""

from __future__ import annotations

import os

from tfreg.convert.sandbox import kernel, landlock, seccomp
from tfreg.convert.sandbox.setup import JOB_FOLDER, WorkerSetup


def seal(setup: WorkerSetup) -> None:
    """Gives up the rights of root, of gaining others, of opening other files than its own, and of dangerous system calls.

    Raises:
        OSError: The kernel does not allow it; the worker must not go on.
    """
    if setup.user is not None:
        os.setgroups([])
        os.setresgid(setup.user, setup.user, setup.user)
        os.setresuid(setup.user, setup.user, setup.user)
        kernel.be_seen()
    kernel.drop_capabilities()
    kernel.forgo_new_privileges()
    landlock.restrict(["/"], [f"{JOB_FOLDER}/out", f"{JOB_FOLDER}/scratch"], ["/dev"])
    seccomp.restrict()
