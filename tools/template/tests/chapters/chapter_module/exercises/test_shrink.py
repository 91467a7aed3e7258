"""Exercise chapter_module_shrink: other sound solutions pass."""


def test_other_sound_solutions_pass(passes):
    passes("chapter_module_shrink", lambda w, lam: w - w * lam / (1 + lam))
