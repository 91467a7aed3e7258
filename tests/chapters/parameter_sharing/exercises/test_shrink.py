"""Exercise parameter_sharing_shrink: other sound solutions pass."""


def test_other_sound_solutions_pass(passes):
    passes("parameter_sharing_shrink", lambda w, lam: w - w * lam / (1 + lam))
