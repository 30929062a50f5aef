"""Lines of text as a table with titles."""

from collections.abc import Iterable, Iterator
import csv
import itertools
import unicodedata

from .errors import Wrong, WrongFile

SEPARATORS = ";\t,"

type Row = list[str]


class Table:
    """The titles of a table, and its lines from the second on."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Read the first line that is not empty; WrongFile if there is none."""
        self._lines = 0
        rest = iter(lines)
        title = next((line for line in self._counted(rest) if line.strip()), None)
        if title is None:
            raise WrongFile(Wrong.NO_FORMAT)
        separator = max(SEPARATORS, key=title.count)
        self._reader = csv.reader(
            itertools.chain((title,), self._counted(rest)), delimiter=separator
        )
        self.titles = [name.strip("\ufeff \t\r\n") for name in self._next() or []]
        self.plain_titles = [plain(name) for name in self.titles]

    def _counted(self, lines: Iterator[str]) -> Iterator[str]:
        for line in lines:
            self._lines += 1
            yield line

    def _next(self) -> Row | None:
        try:
            return next(self._reader, None)
        except csv.Error as err:
            raise WrongFile(Wrong.BROKEN_LINE, line=self._lines) from err

    def __iter__(self) -> Iterator[tuple[int, Row]]:
        """Yield each line that is not empty, with its number, as long as the titles."""
        while (row := self._next()) is not None:
            if not any(row):
                continue
            if len(row) < len(self.titles):
                raise WrongFile(Wrong.BROKEN_LINE, line=self._lines)
            yield self._lines, row


def plain(text: str) -> str:
    """Return a text in small letters without accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part)).strip()
