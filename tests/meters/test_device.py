"""The devices through their interface; CUDA and MPS by stand-ins for torch's modules, and really where they are."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from bench.meters import device as devices
from bench.meters.device import CpuDevice, DeviceUnavailable, open_device, resolve_device
from bench.meters.device_gpu import CudaDevice, MpsDevice

HAS_CUDA = torch.cuda.is_available()


class FakeCuda:
    """torch.cuda as far as CudaDevice uses it; time passes 2 ms a call of ``work``, memory is what a test sets."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.now_ms = 0.0
        self.rate: float | Exception = 1500
        self.current = {"requested": 1000, "allocated": 1024, "reserved": 2048}
        self.peak = dict(self.current)
        fake = self

        class Event:
            def __init__(self, enable_timing: bool) -> None:
                assert enable_timing
                self.at = -1.0

            def record(self) -> None:
                self.at = fake.now_ms
                fake.log.append("record")

            def synchronize(self) -> None:
                fake.log.append("wait")

            def elapsed_time(self, end: Event) -> float:
                return end.at - self.at

        self.Event = Event

    def work(self) -> None:
        self.log.append("work")
        self.now_ms += 2.0

    def set_device(self, index: int) -> None:
        self.log.append(f"set {index}")

    def get_device_properties(self, index: int) -> Any:
        return SimpleNamespace(
            name="Fake", total_memory=8 << 30, L2_cache_size=50 << 20, multi_processor_count=132, major=9, minor=0
        )

    def synchronize(self) -> None:
        self.log.append("synchronize")

    def empty_cache(self) -> None:
        self.log.append("empty_cache")

    def clock_rate(self, index: int) -> float:
        if isinstance(self.rate, Exception):
            raise self.rate
        return self.rate

    def _sleep(self, cycles: int) -> None:
        self.log.append(f"sleep {cycles}")

    def reset_peak_memory_stats(self, index: int) -> None:
        self.peak = dict(self.current)

    def memory_stats(self, index: int) -> dict[str, int]:
        if self.current["requested"] < 0:
            return {}
        return {
            "requested_bytes.all.current": self.current["requested"],
            "requested_bytes.all.peak": self.peak["requested"],
        }

    def memory_allocated(self, index: int) -> int:
        return self.current["allocated"]

    def max_memory_allocated(self, index: int) -> int:
        return self.peak["allocated"]

    def memory_reserved(self, index: int) -> int:
        return self.current["reserved"]

    def max_memory_reserved(self, index: int) -> int:
        return self.peak["reserved"]


def test_cuda_times_a_batch_between_two_events() -> None:
    cuda = FakeCuda()
    device = CudaDevice(1, cuda)
    assert device.elapsed(cuda.work, 3) == pytest.approx(0.006)
    assert cuda.log == ["set 1", "record", "work", "work", "work", "record", "wait"]


def test_cuda_flush_writes_exactly_the_l2_size_and_allocates_once() -> None:
    sizes: list[int] = []
    writes: list[int] = []

    def buffer(size: int) -> Any:
        sizes.append(size)
        return lambda: writes.append(size)

    device = CudaDevice(0, FakeCuda(), buffer)
    device.flush()
    device.flush()
    assert sizes == [50 << 20]
    assert len(writes) == 2


def test_cuda_flush_does_nothing_where_the_cache_is_unknown() -> None:
    cuda = FakeCuda()
    cuda.get_device_properties = lambda index: SimpleNamespace()  # type: ignore[method-assign]
    CudaDevice(0, cuda, lambda size: pytest.fail("no buffer without a size")).flush()


def test_cuda_clock_and_spin() -> None:
    cuda = FakeCuda()
    device = CudaDevice(0, cuda)
    assert device.clock_mhz() == 1500
    assert device.spin(0.01) == pytest.approx(0.01)
    assert cuda.log[-1] == "sleep 15000000"
    cuda.rate = RuntimeError("NVML is not there")
    assert device.clock_mhz() is None
    assert device.spin(0.01) is None


def test_cuda_peaks_are_above_what_was_live() -> None:
    cuda = FakeCuda()
    device = CudaDevice(0, cuda)
    device.begin_memory()
    cuda.peak = {"requested": 1500, "allocated": 2048, "reserved": 4096}
    peaks = device.memory_peaks()
    assert peaks == devices.AllocatorPeaks(requested=500, allocated=1024, reserved=2048)
    assert cuda.log[-3:] == ["synchronize", "empty_cache", "synchronize"]


def test_cuda_without_the_requested_statistic() -> None:
    cuda = FakeCuda()
    cuda.current["requested"] = -1
    device = CudaDevice(0, cuda)
    device.begin_memory()
    peaks = device.memory_peaks()
    assert peaks is not None
    assert peaks.requested is None


def test_cuda_describes_itself() -> None:
    described = CudaDevice(0, FakeCuda()).describe()
    assert (described["name"], described["capability"], described["l2_bytes"]) == ("Fake", "9.0", 50 << 20)


def test_mps_drains_the_queue_before_and_inside_the_time() -> None:
    log: list[str] = []
    mps = SimpleNamespace(synchronize=lambda: log.append("drain"))
    device = MpsDevice(mps)
    assert device.elapsed(lambda: log.append("work"), 2) > 0
    assert log == ["drain", "work", "work", "drain"]
    assert device.clock_mhz() is None
    assert device.memory_peaks() is None
    assert device.describe()["memory_bytes"] is None


def test_cpu_calls_as_often_as_asked() -> None:
    calls: list[int] = []
    device = CpuDevice()
    assert device.elapsed(lambda: calls.append(1), 5) > 0
    assert len(calls) == 5
    assert 0 < device.resolution_s() < 1e-3
    assert device.describe()["device"] == "cpu"
    assert device.memory_peaks() is None


@pytest.mark.parametrize(
    ("asked", "cuda", "mps", "expected"),
    [
        ("auto", False, False, "cpu"),
        ("auto", True, True, "cuda"),
        ("auto", False, True, "mps"),
        ("cpu", True, True, "cpu"),
        ("mps", True, True, "mps"),
        ("cuda", True, False, "cuda"),
    ],
)
def test_resolve(monkeypatch: pytest.MonkeyPatch, asked: str, cuda: bool, mps: bool, expected: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert resolve_device(asked) == expected


def test_a_device_that_is_not_there_is_named_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", None)
    with pytest.raises(DeviceUnavailable, match=r"'cuda' was asked for, but torch .* was built without cuda"):
        resolve_device("cuda")
    monkeypatch.setattr(torch.version, "cuda", "12.8")
    with pytest.raises(DeviceUnavailable, match="no usable device or driver"):
        open_device("cuda")
    with pytest.raises(DeviceUnavailable, match="'mps'"):
        open_device("mps")


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown device 'tpu': expected one of auto, cpu, cuda, mps"):
        resolve_device("tpu")


def test_nothing_imports_torch_or_starts_cuda_at_import() -> None:
    code = (
        "import sys, bench.meters.device, bench.meters.device_gpu, bench.meters.clock, bench.meters.memory,"
        "bench.meters.error, bench.meters.noise, bench.meters.machine, bench.meters.selftest, bench.meters.examine;"
        "assert 'torch' not in sys.modules and 'numpy' not in sys.modules;"
        "bench.meters.device.open_device('cpu'); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.gpu
@pytest.mark.skipif(not HAS_CUDA, reason="no CUDA device here")
def test_a_real_gpu_measures() -> None:
    from bench.meters.memory import measure_memory

    device = open_device("cuda")
    x = torch.ones(1 << 20, device="cuda")
    device.flush()
    assert device.elapsed(lambda: x + x, 10) > 0
    reading = measure_memory(lambda: x + x, device)
    assert reading.tensor_peak == 4 << 20
    assert reading.allocated_peak is not None
    assert reading.allocated_peak >= 4 << 20
