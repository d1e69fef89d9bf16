"""Numbers of the DataTypes that rewriting writes itself."""

INT32, STRING, INT64, BOOL, RESOURCE = 3, 7, 9, 10, 20
FLOAT32, FLOAT64 = 1, 2
REF_OFFSET = 100


def base(dtype: int) -> int:
    """Returns the type of what a reference stands for."""
    return dtype - REF_OFFSET if dtype > REF_OFFSET else dtype
