"""One thread inside the block whatever it was before, and what it was before again after it."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits
from train_toys import toy

from reglab.core.threads import one_thread
from reglab.train import fleet, mlp


@pytest.fixture(autouse=True)
def _as_before():
    """Two threads that stayed would slow the small tests that follow by ten on a busy machine."""
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("before", [1, 2, 3])
def test_one_inside_and_restored_after(before):
    torch.set_num_threads(before)
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def blas():
    """The threads of NumPy's BLAS; of SciPy's, too, if it is loaded."""
    found = {
        Path(lib["filepath"]).parent.name: lib["num_threads"]
        for lib in threadpool_info()
        if lib["user_api"] == "blas"
    }
    if sys.platform != "linux":
        pytest.skip("not all of NumPy's builds have a BLAS whose threads can be set")
    assert any("numpy" in name for name in found), "threadpoolctl does not know NumPy's BLAS"
    return set(found.values())


def test_numpy_too_computes_with_one_inside():
    with threadpool_limits(2, user_api="blas"):
        assert blas() == {2}
        with one_thread():
            assert blas() == {1}
        assert blas() == {2}


def test_restored_after_an_error():
    torch.set_num_threads(3)
    with threadpool_limits(2, user_api="blas"):
        with pytest.raises(KeyboardInterrupt), one_thread():
            raise KeyboardInterrupt
        assert blas() == {2}
    assert torch.get_num_threads() == 3


OWN_PROCESS = """
import os, runpy, sys
from concurrent.futures import ThreadPoolExecutor
from threadpoolctl import threadpool_info
sys.path.append(sys.argv[1])
from reglab.train import mlp, sweep
from train_toys import toy
print(os.environ["MKL_CBWR"])

def blas():
    return {lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"}

before = blas()
with ThreadPoolExecutor(3) as pool:
    settings = dict(epochs=5, lr=0.1, seeds=range(2), batch=20, device="cpu")
    for _ in range(3):  # what one leaves behind stays
        sweep(mlp([3, 20, 60], depth=[1, 2, 3, 4]), toy, executor=pool, **settings)
print(before, blas())
os.environ["MKL_CBWR"] = "AVX2"
runpy.run_path(sys.modules["reglab.core.threads"].__file__)
print(os.environ["MKL_CBWR"])
"""


@pytest.fixture(scope="module")
def said():
    """What OWN_PROCESS prints, line by line."""
    command = [sys.executable, "-c", OWN_PROCESS, str(Path(__file__).parents[1] / "train")]
    others = {"OMP_NUM_THREADS", "MKL_CBWR"}
    env = {k: v for k, v in os.environ.items() if k not in others} | {"OPENBLAS_NUM_THREADS": "2"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_restored_after_a_sweep_in_several_python_threads(said):
    """In a process of its own: here, the tests' other blocks would restore the number."""
    blas()  # skips where there is none
    assert said[1] == "{2} {2}"


def test_a_fleet_is_trained_on_one_and_restores_the_number():
    def constant(t):
        seen.append(torch.get_num_threads())
        return 1.0 if len(seen) < 200 or torch.get_num_threads() == 2 else 1 / 0

    seen, settings = [], dict(epochs=2, lr=0.1, seeds=[0], batch=20, device="cpu")
    torch.set_num_threads(2)
    fleet(mlp(3), toy, schedule=constant, **settings)
    assert seen[0] == 2 and seen[-4:] == [1] * 4  # the first calls are checks, the last are steps
    assert torch.get_num_threads() == 2
    with pytest.raises(ZeroDivisionError):
        fleet(mlp(3), toy, schedule=constant, **settings | dict(epochs=50))
    assert torch.get_num_threads() == 2


def test_no_bit_depends_on_the_number_before():
    """At a size where torch splits a product between the threads that it has."""

    def curves():
        settings = dict(epochs=2, lr=0.05, seeds=[0], report=[2], keep="predictions")
        return fleet(mlp(300), toy(n=600), batch=300, device="cpu", **settings)

    torch.set_num_threads(1)
    one = curves()
    for threads in (2, 3):
        torch.set_num_threads(threads)
        assert one.equals(curves())


def test_other_python_threads_keep_their_number():
    def number():
        return torch.get_num_threads()

    torch.set_num_threads(2)
    with ThreadPoolExecutor(1) as pool:
        before = pool.submit(number).result()
        with one_thread():
            assert pool.submit(number).result() == before
    assert torch.get_num_threads() == 2


def test_mkl_is_asked_for_reproducible_kernels(said):
    """By the first import, unless the environment asks for others."""
    assert [said[0], said[2]] == ["AUTO", "AVX2"]
