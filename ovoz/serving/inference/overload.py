"""There is more to do than can be done in time."""


class OverloadedError(RuntimeError):
    """There is no place to wait in; after ``retry_s`` seconds there may be."""

    def __init__(self, retry_s: int) -> None:
        super().__init__(f"too many recordings are waiting; retry after {retry_s} s")
        self.retry_s = retry_s
