"""Runs a command as on a processor with AVX2 but without AVX-512, VNNI, bf16 and AMX.

``python tests/processor/avx2_only.py make test``; needs Linux, a C compiler and a processor with
CPUID faulting. ``avx2_only.c`` says how it works.
"""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

SOURCE = Path(__file__).with_suffix(".c")


class UnavailableError(RuntimeError):
    """This machine cannot hide what its processor has."""


@cache
def environment() -> dict[str, str]:
    """Variables under which a process and its children see the lesser processor.

    Raises:
        UnavailableError: There is no compiler, or no CPUID faulting.
    """
    compiler = shutil.which("cc")
    if compiler is None:
        raise UnavailableError("no C compiler: cc is not in PATH")
    library = Path(mkdtemp(prefix="avx2-only-")) / "avx2_only.so"
    # First of all libraries: those that ask for the processor at their start must find it hidden.
    flags = ["-shared", "-fPIC", "-O2", "-Wl,-z,initfirst"]
    built = subprocess.run(
        [compiler, *flags, "-o", library, SOURCE, "-ldl"], capture_output=True, text=True
    )
    if built.returncode:
        raise UnavailableError(f"{SOURCE.name} does not compile: {built.stderr.strip()}")
    hidden = {**os.environ, "LD_PRELOAD": str(library)}
    probe = subprocess.run(["true"], env=hidden, capture_output=True, text=True)
    if probe.returncode:
        raise UnavailableError(probe.stderr.strip())
    return hidden


if __name__ == "__main__":
    try:
        os.execvpe(sys.argv[1], sys.argv[1:], environment())
    except (UnavailableError, FileNotFoundError) as error:
        sys.exit(f"{error}")
