"""Exercise dropout_penalty: other sound solutions pass."""


def another(x, w, p):
    total = 0.0
    for row in x:
        for value, weight in zip(row, w, strict=True):
            total += (value * weight) ** 2 * p / (1 - p)
    return total / len(x)


def test_other_sound_solutions_pass(passes):
    passes("dropout_penalty", another)
