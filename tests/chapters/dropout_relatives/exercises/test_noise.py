"""Exercise shared_variance: other sound solutions pass."""

from reglab.chapters.dropout_relatives import exact


def by_loop(c, groups, p):
    total = 0.0
    for i in range(len(c)):
        for j in range(len(c)):
            total += c[i] * c[j] * (groups[i] == groups[j])
    return total * p / (1 - p)


def test_other_sound_solutions_pass(passes):
    passes("shared_variance", by_loop, exact.shared_noise)
