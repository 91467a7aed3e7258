"""Generators in miniature: shapes, classes, and a step in the right direction."""

import torch

from reglab.chapters.augmentation import gan
from reglab.data import digits


def splits(seeds):
    return [digits(s, n_train=200, n_val=50, n_test=50) for s in seeds]


def test_images_have_the_asked_classes_and_lie_between_zero_and_one():
    made = gan.generated(splits([0, 1]), [0, 1], count=25, steps=3)
    assert [m.x.shape for m in made] == [(25, 64)] * 2
    assert made[0].y.tolist() == [k % 10 for k in range(25)]
    assert made[0].x.min() >= 0 and made[0].x.max() <= 1
    assert not torch.equal(made[0].x, made[1].x)


def test_a_few_hundred_steps_bring_images_near_real_ones():
    data = splits([0])
    real = data[0].train.x
    early, late = (gan.generated(data, [0], 100, steps)[0].x for steps in (1, 400))
    gaps = [torch.cdist(images, real).min(1).values.mean() for images in (early, late)]
    assert gaps[1] < 0.7 * gaps[0]


def test_the_same_seeds_give_the_same_images():
    first, again = (gan.generated(splits([3]), [3], 10, steps=2)[0].x for _ in range(2))
    assert torch.equal(first, again)
