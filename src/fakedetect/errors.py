"""The errors a caller may want to catch, all under one name."""

from __future__ import annotations


class FakedetectError(Exception):
    """Base of every error that fakedetect raises on purpose."""


class InputError(FakedetectError):
    """Listings, labels or options that cannot be used as they are.

    Parameters
    ----------
    message
        What is wrong with its value, what is accepted, and the next thing to try.
    file
        Name of the file, as the caller gave it.
    row
        Number of the listing in its file or sequence; the first listing is row 1.
    column
        Name of the column.
    line
        Number of the line in its file that the listing begins on, from 1.

    Examples
    --------
    >>> print(InputError("label 'yes' is not 1, 0 or empty", file="a.csv", row=3, column="label"))
    a.csv, row 3, column label: label 'yes' is not 1, 0 or empty
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        row: int | None = None,
        column: str | None = None,
        line: int | None = None,
    ) -> None:
        self.message = message
        self.file = file
        self.row = row
        self.column = column
        self.line = line
        place = [
            part
            for part in (
                file,
                None if row is None else f"row {row}",
                None if line is None else f"line {line}",
                None if column is None else f"column {column}",
            )
            if part is not None
        ]
        super().__init__(f"{', '.join(place)}: {message}" if place else message)

    def in_file(self, file: str) -> InputError:
        """Return the same error with the file's name, for the one who knows it."""
        return InputError(self.message, file=file, row=self.row, column=self.column, line=self.line)


class ModelError(FakedetectError):
    """A model that is refused, or cannot do what is asked."""


class ModelRefused(ModelError):  # noqa: N818 # says what happened to it
    """A model file that cannot be read, is not the one to be trusted, or holds no model."""


class OutputError(FakedetectError):
    """A file that cannot be written; what was done before can be gone on from."""


class OutputFullError(OutputError):
    """No space is left where a file is written."""


class OutputBusyError(OutputError):
    """Another run is writing the same file."""


class RunInterrupted(KeyboardInterrupt):  # an interruption is no error
    """A long run was interrupted; the message says how to go on from where it was."""
