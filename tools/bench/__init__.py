"""Speeds, side by side: `make bench`, `make bench QUICK=1`, `make bench ROWS="networks-10 curve*"`.

Every benchmark lets its contenders take turns, several rounds, and compares them round by round,
so that whatever else the machine does at the time hits all of them alike.

    timing.py      contenders take turns on a clock; medians, quartiles, ratios
    machine.py     what the numbers were measured on
    report.py      the table, and the JSON file
    loops.py       two plain loops to compare with: a notebook's, and a lean one
    networks.py    one network and step, by five ways to train; share of the machine's peak
    jobs.py        whole jobs: the classic double descent in 28 widths, this book's own curve
    features.py    a ridge path by one factorization, against one inverse for each ridge
    paths.py       lasso and elastic-net paths, against scikit-learn's
    optimizers.py  what each optimizer and penalty costs
    growth.py      how time grows with networks, width, examples and epochs

To add a row: write a `Benchmark` (see timing.py) in the list BENCHMARKS of one of these modules, or
of a new one that `__main__.py` then names in MODULES. Its `contenders` function gets `quick` and
returns two or more `Contender`s; what it prepares before it returns is not timed. Under `quick` a
benchmark may take about two seconds, else about half a minute.
"""
