"""Exercise pasted_share: the share of CutMix's box that lies inside the image.

Source      Yun, Han, Oh, Chun, Choe, Yoo (2019), "CutMix", ICCV, section 3.1 and the authors'
            program, which computes lam again after the box is cut off.
"""

from reglab.exercises.answers import expect, number, show
from reglab.exercises.exercise import Exercise, Run


def pasted_share(height: int, width: int, row: int, column: int, size: int) -> float:
    """Return the share of the image that rows row ... row + size - 1 and such columns cover."""
    rows = max(0, min(height, row + size) - max(0, row))
    columns = max(0, min(width, column + size) - max(0, column))
    return rows * columns / (height * width)


PASTED = Exercise(
    name="pasted_share",
    arguments=("height", "width", "row", "column", "size"),
    task="Return the share of an image's pixels that a square box really replaces.",
    returns="one number",
    parse=lambda answer, *inputs: number(answer),
    cases=[
        (2, 2, 0, 0, 1), (2, 2, 1, 1, 2), (4, 4, -1, 1, 2), (8, 8, 2, 3, 4), (8, 8, -2, -1, 4),
        (8, 8, 6, 7, 4), (6, 10, -1, 2, 12), (6, 10, 3, -3, 5), (5, 5, 5, 0, 2), (5, 5, 1, -3, 2),
        (5, 5, -4, -3, 2), (5, 5, 2, 2, 0),
    ],
    reference=pasted_share,
)  # fmt: skip


@PASTED.must(
    "a box that lies inside covers size² pixels",
    "Divide by all pixels of the image, height times width.",
    cases=[(2, 2, 0, 0, 1), (8, 8, 2, 3, 4), (6, 10, 0, 5, 5), (5, 5, 2, 2, 0)],
)
def _inside(run: Run, height, width, row, column, size):
    got, want = run(height, width, row, column, size), size**2 / (height * width)
    expect(abs(got - want) < 1e-9, f"it returned {show(got)}; {size}² / pixels is {show(want)}")


@PASTED.must("the share is the count of pixels, divided", "Count the rows and columns inside.")
def _counted(run: Run, height, width, row, column, size):
    count = sum(
        row <= i < row + size and column <= j < column + size
        for i in range(height)
        for j in range(width)
    )
    got, want = run(height, width, row, column, size), count / (height * width)
    expect(abs(got - want) < 1e-9, f"it returned {show(got)}; {count} pixels are {show(want)}")


@PASTED.must("rows and columns are treated alike", "The same rule for both axes, on both ends.")
def _alike(run: Run, height, width, row, column, size):
    got, turned = run(height, width, row, column, size), run(width, height, column, row, size)
    expect(
        abs(got - turned) < 1e-9, f"it returned {show(got)}; with the axes exchanged {show(turned)}"
    )


@PASTED.mistake("What lies outside of the image is not pasted: cut the box off at the borders.")
def _not_cut(height, width, row, column, size):
    return size**2 / (height * width)


@PASTED.mistake("Cut off at the top and at the left too: rows and columns may begin below 0.")
def _cut_at_the_far_end(height, width, row, column, size):
    rows, columns = min(height, row + size) - row, min(width, column + size) - column
    return max(0, rows) * max(0, columns) / (height * width)


@PASTED.mistake("A box wholly outside covers no pixel: a negative count of rows has to become 0.")
def _negative(height, width, row, column, size):
    rows = min(height, row + size) - max(0, row)
    columns = min(width, column + size) - max(0, column)
    return rows * columns / (height * width)


@PASTED.mistake("The columns are cut off at the borders; the rows are not.")
def _columns_only(height, width, row, column, size):
    columns = max(0, min(width, column + size) - max(0, column))
    return size * columns / (height * width)
