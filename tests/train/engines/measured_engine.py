"""An engine whose answers are known, to test the loop of epochs and the measuring with."""

import torch
from train_toys import K


class Constant:
    """An engine whose networks answer class 0, surer after every epoch."""

    average = None

    def __init__(self, task):
        self.task, self.epochs = task, []

    def train_epoch(self, epoch):
        self.epochs.append(epoch)

    def pieces(self, part):
        members = range(len(self.task.networks))
        for here in (slice(0, 7), slice(7, part.x.shape[1])):
            yield here, self.outputs(members, part.x[0, here])

    def outputs(self, members, x):
        z = torch.zeros(len(members), K, len(x), dtype=x.dtype)
        z[:, 0] = 1.0 + len(self.epochs)
        z[torch.tensor(list(members)) == 1] = torch.nan
        return z
