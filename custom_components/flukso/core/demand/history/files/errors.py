"""What can be wrong with a file of windows."""

from enum import StrEnum


class Wrong(StrEnum):
    """What is wrong with a file; each has words in every language."""

    NO_FORMAT = "import_no_format"
    NO_JSON = "import_no_json"
    NO_COLUMN = "import_no_column"
    NO_WINDOWS = "import_no_windows"
    BROKEN_LINE = "import_broken_line"
    NO_ENERGY = "import_no_energy"
    BAD_DATE = "import_bad_date"
    BAD_TIME = "import_bad_time"
    BAD_AMOUNT = "import_bad_amount"
    NOT_A_QUARTER = "import_not_a_quarter"
    UNKNOWN_REGISTER = "import_unknown_register"
    OTHER_CONNECTION = "import_other_connection"
    TWICE = "import_twice"


class WrongFile(ValueError):
    """A file that cannot be imported.

    `line` counts from 1, the header included; of rows without a file it is the number
    of the row. `first` is the line that it does not go with. `column` is a title of
    the file, or the name of a field. What stands in the line is not told: it may be
    somebody's EAN.
    """

    def __init__(
        self, wrong: Wrong, *, line: int = 0, first: int = 0, column: str = ""
    ) -> None:
        """Say what is wrong, and where."""
        super().__init__(wrong)
        self.wrong = wrong
        self.line = line
        self.first = first
        self.column = column

    @property
    def places(self) -> dict[str, str]:
        """Return what the words of every language have places for."""
        return {
            "line": str(self.line),
            "first": str(self.first),
            "column": self.column,
        }
