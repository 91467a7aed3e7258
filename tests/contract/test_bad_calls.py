"""Bad calls: each is refused with a ValueError that names the value or the fix, never accepted.

Once each of these ended in a traceback from inside, or in numbers that meant nothing.
"""

import pytest
from bad_calls_figures import FIGURES
from bad_calls_formulas import FORMULAS
from bad_calls_train import TRAIN

CALLS = TRAIN | FORMULAS | FIGURES


@pytest.mark.parametrize("name", CALLS)
def test_a_bad_call_is_refused_by_a_clear_message(name):
    call, told = CALLS[name]
    with pytest.raises(ValueError, match=told):
        call()
