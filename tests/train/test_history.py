"""History: the best epoch, look-up, labels; which epochs are reported."""

import numpy as np
import pytest

from reglab.train.history import CURVES, History, report_epochs


def history(**curves):
    nothing = dict.fromkeys(CURVES, np.full(4, np.nan))
    return History(np.array([0, 2, 4, 6]), **nothing | {k: np.array(v) for k, v in curves.items()})


def test_best_epoch_is_the_first_lowest():
    h = history(val_loss=[3.0, 1.0, 1.0, 2.0], test_error=[0.5, 0.4, np.nan, 0.1])
    assert h.best_epoch() == 2
    assert h.best_epoch("test_error") == 6


def test_best_epoch_errors():
    with pytest.raises(ValueError, match="train_error was not measured"):
        history().best_epoch("train_error")
    with pytest.raises(ValueError, match="curve must be one of train_loss.*got 'loss'"):
        history().best_epoch("loss")


def test_at():
    h = history(train_loss=[4.0, 3.0, 2.0, 1.0])
    assert h.at(4)["train_loss"] == 2.0
    with pytest.raises(ValueError, match=r"epoch 3 was not reported; there are \[0, 2, 4, 6\]"):
        h.at(3)


def test_labels_and_repr():
    h = history(train_loss=[4.0, 3.0, 2.0, 1.0])
    assert h.to_xarray().train_loss.sel(epoch=6) == 1.0
    assert set(h.to_xarray()) == set(CURVES)
    assert repr(h) == "History(4 measurements, epochs 0 to 6)"


def test_report_epochs():
    assert report_epochs(None, 100, pieces=10) == [*range(0, 101, 10)]
    assert report_epochs(None, 25, pieces=10) == [*range(0, 25, 2), 25]
    assert report_epochs(None, 3, pieces=10) == [0, 1, 2, 3]
    assert report_epochs(None, 0, pieces=10) == [0]
    assert report_epochs([5, 1, 5], 5, pieces=10) == [1, 5]
    for wrong in ([], [6]):
        with pytest.raises(ValueError, match=r"report must name epochs in 0 .. 5"):
            report_epochs(wrong, 5, pieces=10)
    with pytest.raises(ValueError, match="report must be a whole number >= 0; got -1"):
        report_epochs([-1], 5, pieces=10)
