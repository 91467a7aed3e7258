"""The search for a policy: random policies, their techniques, the stored table in miniature."""

import numpy as np

from reglab.augmentation import AddNoise, Mixup, Shift
from reglab.chapters.augmentation import search


def test_policies_are_different_and_take_all_choices():
    policies = search.random_policies()
    assert len(policies) == len(set(policies)) == search.COUNT
    assert policies == search.random_policies() != search.random_policies(seed=1)
    for name, values in search.CHOICES.items():
        assert {getattr(p, name) for p in search.random_policies(300)} == set(values)


def test_techniques_of_a_policy_are_those_above_zero_in_order():
    policy = search.Policy(shift=2, scale=0.0, noise=0.1, cutout=0, mixup=0.3)
    assert policy.techniques() == [Shift(2), AddNoise(0.1), Mixup(0.3)]


def test_the_best_policy_has_the_least_validation_error():
    policies = [search.Policy(0, 0.0, 0.0, 0, 0.0), search.Policy(2, 0.0, 0.0, 0, 0.0)]
    found = search.search([0, 1], policies, epochs=1)
    assert found.val_error.dims == ("policy", "seed")
    found["val_error"].values[:] = [[0.1, 0.5], [0.2, 0.3]]
    assert search.best(found) == 1


def test_compare_trains_both_arms():
    policy = search.Policy(2, 0.0, 0.0, 0, 0.0)
    runs = search.compare([0], policy, epochs=1)
    assert list(runs.arm.values) == ["searched", "shift ±3"]
    assert float(runs.test_error[0, 0]) != float(runs.test_error[1, 0])


def test_the_stored_table_holds_these_policies_and_can_be_repeated():
    stored, policies = search.stored(), search.random_policies()
    rows = stored[list(search.Policy._fields)].itertuples(index=False)
    assert [search.Policy(*row) for row in rows] == policies
    number = int(stored.val_error.idxmin())
    again = search.search([2900, 2901, 2902], [policies[number]])
    want = stored.loc[number, ["val_error", "test_error"]].to_numpy(float)
    got = [float(again[name].mean()) for name in ("val_error", "test_error")]
    np.testing.assert_allclose(got, want, atol=0.01)


def test_the_winner_is_the_policy_of_the_best_row():
    stored, policies = search.stored(), search.random_policies()
    assert search.winner(stored) == policies[int(stored.val_error.idxmin())]
    assert type(search.winner(stored).shift) is int
