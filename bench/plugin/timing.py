"""One case in this process: prepared, checked against its reference, and only then handed to pytest-benchmark."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

# None of these imports torch by being imported: a suite is collected without it.
from bench.meters.device import Device, DeviceUnavailable, open_device
from bench.meters.error import compare, is_wrong
from bench.plugin.faults import CaseFault, LeftOut
from bench.runner.forecast import Forecast, available_memory
from bench.runner.loading import Workload, call_workload, load_workload
from bench.suite.model import Case, Suite
from bench.workloads.protocol import Prepared, Task, Unsupported

#: Errors of an answer by tensor, as :func:`bench.meters.error.compare` names them.
Errors = Mapping[str, Mapping[str, float]]

#: Seed of the inputs, the default of ``bench run``.
_SEED = 0


class SuiteTiming:
    """What the items of one suite share: its workload, its device, and what earlier cases cost."""

    def __init__(self, suite: Suite, device: str = "auto") -> None:
        """Open and load nothing before the first case: collecting must stay cheap.

        ``device`` is one of :data:`bench.meters.device.DEVICE_NAMES`; ``auto`` is the suite's own choice.
        """
        self._suite = suite
        self._wanted = device if device != "auto" else suite.device
        self._forecast = Forecast(suite)
        self._opened: tuple[Device, Workload] | None = None

    def time(self, case: Case, benchmark: Any, rounds: int) -> None:
        """Prepare a case, check its answer, and time its call.

        Args:
            case: A case of the suite.
            benchmark: pytest-benchmark's fixture.
            rounds: Calls that it makes at least.

        Raises:
            LeftOut: The case cannot run here, or not within memory or budget.
            CaseFault: The answer is wrong, or the device is not there.
        """
        __tracebackhide__ = True
        from bench.runner.worker import classify

        try:
            with _threads(case.environment.threads):
                self._time(case, benchmark, rounds)
        except Unsupported as reason:
            raise LeftOut(f"unsupported: {reason}") from None
        except Exception as fault:
            self._forecast.learn_failure(case, classify(fault)[0])
            raise
        finally:
            # Tensors of a workload that refers to itself would still be there when the next case allocates its own.
            gc.collect()

    def _time(self, case: Case, benchmark: Any, rounds: int) -> None:
        __tracebackhide__ = True
        device, workload = self._open()
        task = call_workload(workload, case.params, device.name, _SEED)
        needs = {"peak_bytes": task.peak_bytes, "input_bytes": task.input_bytes}
        reason = self._forecast.memory_reason(case, needs, available_memory())
        if reason is not None:
            raise LeftOut(reason)
        self._within_budget(self._forecast.seconds(case, task.flops), "foretold from smaller cases", rounds)
        prepared = task.prepare()
        errors = check(case.id, prepared, task.tolerance)
        seconds = device.elapsed(prepared.call, 1)
        if errors is None:  # then it was the very first call, which may have compiled something
            seconds = min(seconds, device.elapsed(prepared.call, 1))
        self._forecast.learn(case, seconds, task.flops)
        self._within_budget(seconds, "seen", rounds)
        benchmark.group = case.group
        # As if the axes were parametrized, for --benchmark-group-by=param:AXIS.
        benchmark.param, benchmark.params = case.id, dict(case.axes)
        benchmark.extra_info.update(_extra_info(self._suite.name, case, device.name, task, prepared, errors))
        benchmark(prepared.call if device.name == "cpu" else _waiting(prepared.call, device))

    def _open(self) -> tuple[Device, Workload]:
        """The device and the workload, once for the whole suite."""
        if self._opened is None:
            try:
                device = open_device(self._wanted)
            except DeviceUnavailable as fault:
                raise CaseFault(str(fault).replace("--device", "--suite-device")) from None
            self._opened = device, load_workload(self._suite.workload, self._suite.path.parent)
        return self._opened

    def _within_budget(self, seconds: float | None, how: str, rounds: int) -> None:
        budget = self._suite.measure.budget_s
        if seconds is not None and seconds * rounds > budget:
            raise LeftOut(
                f"over budget: about {seconds:.2g} s a call ({how}), {rounds} rounds need {seconds * rounds:.3g} s"
                f" of {budget:g} s (--suite-budget)"
            )


def check(case: str, prepared: Prepared, tolerance: float | None) -> Errors | None:
    """Compare an answer with its float64 reference.

    Args:
        case: Id of the case, for the message.
        prepared: The case.
        tolerance: Largest relative L2 error of a right answer; ``None`` for an approximation, which has no wrong one.

    Returns:
        Errors by tensor; ``None`` where the workload gives no reference.

    Raises:
        CaseFault: The answer is wrong; with the numbers of every tensor that is.
    """
    __tracebackhide__ = True
    if prepared.answer is None or prepared.reference is None:
        return None
    errors = compare(prepared.answer(), prepared.reference())
    if tolerance is None:
        return errors
    wrong = {tensor: found for tensor, found in errors.items() if is_wrong(found, tolerance)}
    if wrong:
        lines = [f"{case}: wrong answer, not timed; tolerance {tolerance:g} (relative L2 error against float64)"]
        lines += [
            f"  {tensor}: relative L2 error {found['rel_l2']:.6g}, largest absolute error {found['max_abs']:.6g},"
            f" cosine {found['cosine']:.6g}, share not finite {found['nonfinite']:.6g}"
            for tensor, found in wrong.items()
        ]
        raise CaseFault("\n".join(lines))
    return errors


def _extra_info(
    suite: str, case: Case, device: str, task: Task, prepared: Prepared, errors: Errors | None
) -> dict[str, Any]:
    """What goes beside the times of a case, as plain data."""
    environment = case.environment
    return {
        "suite": suite,
        "case": case.id,
        "subject": case.subject,
        "axes": dict(case.axes),
        "params": dict(case.params),
        "environment": {
            "threads": environment.threads,
            "openmp": environment.openmp,
            "allocator": environment.allocator,
        },
        "device": device,
        "seed": _SEED,
        "facts": dict(prepared.facts),
        "flops": task.flops,
        "tolerance": task.tolerance,
        "errors": errors
        and {tensor: {name: _plain(value) for name, value in found.items()} for tensor, found in errors.items()},
    }


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Have torch use that many threads, and as many as before afterwards: other tests run in this process too."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _waiting(call: Callable[[], object], device: Device) -> Callable[[], None]:
    """A call that waits until a GPU is done: pytest-benchmark reads the host's clock when it returns."""

    def done() -> None:
        call()
        device.synchronize()

    return done


def _plain(value: float) -> float | str:
    """A number as JSON knows it; infinity and NaN become text."""
    return value if math.isfinite(value) else str(value)
