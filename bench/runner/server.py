"""The fork server: an interpreter that has imported torch and run nothing, and hands out fresh processes.

:func:`main` is given ``FD WORKLOAD OWN HIDDEN…``: one end of a socket pair, the workload's reference, the folder that
stands in for ``bench/workloads`` (or nothing), and folders that are taken off the import path. Each request carries two
descriptors, the channel and the log of the new process; the server answers with the process id and later with its exit
status.

Nothing in the server may run a torch operator or touch a device: an OpenMP pool or a CUDA context does not survive
a fork, and every child would hang. For the same reason a user's workload is imported by the child, never here.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import mmap
import os
import random
import selectors
import signal
import socket
import sys

_PR_SET_PDEATHSIG = 1

#: What a process must not give back.
_KEPT: list[mmap.mmap] = []


def _die_with_parent() -> None:
    """Ask Linux to kill this process when its parent dies; elsewhere the closed channel ends it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _preload(workload: str, own_workloads: str = "") -> None:
    """Import what every case needs, so that a fork finds it in memory. Imports only: see the module's note.

    Of the workloads only our own are imported here, with the modules that one names in ``PRELOAD``. ``own_workloads``
    is the folder that they are taken from, where that is another revision's.
    """
    # Another installation may lack it, or have one that does not work; the count that needs it then says so.
    with contextlib.suppress(Exception):
        import fvcore.nn  # noqa: F401
    import torch.fx.experimental.symbolic_shapes  # loaded by the first meta tensor otherwise: 0.3 s in every process
    import torch.profiler
    import torch.utils.flop_counter  # noqa: F401

    import bench.runner.worker
    import bench.workloads
    from bench.runner.loading import OWN_WORKLOADS

    if own_workloads:
        # The protocol is imported already, and stays: it is what the harness speaks. Nothing else may come from the
        # present workloads, or a module that the revision lacks would be found there.
        bench.workloads.__path__[:] = [own_workloads]
    module = workload.partition(":")[0]
    # Ours run nothing when they are imported (a test holds them to it). What cannot be imported, the case says.
    if module.startswith(OWN_WORKLOADS):
        with contextlib.suppress(ImportError):
            for name in getattr(importlib.import_module(module), "PRELOAD", ()):
                # What is not installed here, the workload says itself.
                with contextlib.suppress(ImportError):
                    importlib.import_module(name)


def _shuffle_memory() -> None:
    """Draw anew where this process's heap and mappings go on.

    A fork inherits the layout of its server to the byte. With glibc's default allocator that decides whether a freed
    tensor's memory is given back to the system at each call: processes of two servers were seen to differ by a factor
    of 1.8, and those of one server not at all. A fresh interpreter would draw its layout, so each process draws one
    here: up to 64 heap blocks that are never freed, 1 MiB in the mean, and one mapping that is never touched.
    """
    draw = random.Random(os.urandom(16))
    allocate = ctypes.CDLL(None).malloc
    allocate.restype, allocate.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    for _ in range(draw.randrange(64)):
        allocate(draw.randrange(16, 1 << 16))
    _KEPT.append(mmap.mmap(-1, mmap.PAGESIZE * draw.randrange(1, 4096)))


def _become_worker(channel: int, log: int) -> None:
    """Turn the forked child into the process of one case; does not return."""
    status = 1
    try:
        os.setsid()
        _die_with_parent()
        _shuffle_memory()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)
        from bench.runner.worker import serve_case

        serve_case(channel)
        status = 0
    except BaseException as error:  # a forked child must never return into the server's loop
        with contextlib.suppress(Exception):
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        # _exit: running the server's own exit handlers in a child would tear down what the server still uses.
        os._exit(status)


def _reap(control: socket.socket, children: set[int]) -> None:
    """Report every child that has ended."""
    while children:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        children.discard(pid)
        message = {"exited": pid, "status": os.waitstatus_to_exitcode(status)}
        control.send(json.dumps(message).encode() + b"\n")


def serve(control: socket.socket) -> None:
    """Fork a process for each request until the other end is closed, then kill what is left."""
    children: set[int] = set()
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    # The parent decides what Ctrl-C means; it closes the channel when it is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        selector.register(wake_read, selectors.EVENT_READ)
        control.send(b'{"ready": true}\n')
        while True:
            ready = {key.fd for key, _ in selector.select()}
            if wake_read in ready:
                os.read(wake_read, 4096)
                _reap(control, children)
            if control.fileno() in ready:
                request, descriptors, _, _ = socket.recv_fds(control, 16, 2)
                if not request:
                    break
                channel, log = descriptors
                pid = os.fork()
                if pid == 0:
                    signal.set_wakeup_fd(-1)
                    control.close()
                    _become_worker(channel, log)
                os.close(channel)
                os.close(log)
                children.add(pid)
                control.send(json.dumps({"started": pid}).encode() + b"\n")
    for pid in children:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def main() -> None:
    """Serve, with the arguments that the module's note lists in ``sys.argv``."""
    _die_with_parent()
    descriptor, workload, own_workloads, *hidden = sys.argv[1:]
    control = socket.socket(fileno=int(descriptor))
    sys.path[:] = [entry for entry in sys.path if os.path.realpath(entry) not in hidden]
    _preload(workload, own_workloads)
    # What is imported stays: a collection in a child would only touch, and so copy, the pages that it shares.
    gc.collect()
    gc.freeze()
    serve(control)
