"""Claims in Spark: a function for `DataFrame.mapInPandas`, and the schema of what it gives.

    rows = articles.mapInPandas(Claims(), schema())
    claims = rows.where("error IS NULL").drop("error")
    failed = rows.where("error IS NOT NULL").select("article_id", "error")

The columns of the articles are named as in JSON Lines: `text` (or `body`, `content`), and
where there are any `id`, `title`, `url`, `source`, `published`, `language`,
`media_type`; others go along as `meta`. An article without an id gets one from its text.
An article that fails costs itself only: it gives a row that has `error` (stage and
message), `article_id` where it came with one, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from extractor.batch.quarantine import Failure, Quarantine, extract_batch
from extractor.batch.worker import loaded
from extractor.errors import MissingExtra
from extractor.formats.flat import COLUMNS
from extractor.formats.parquet import record_row, record_schema
from extractor.formats.rows import row_article
from extractor.pipeline.records import DEFAULT_ZONES, records
from extractor.schema import Article, Extraction

if TYPE_CHECKING:
    import pandas as pd

    from extractor.pipeline.core import Extractor

ERROR = "error"


def schema() -> Any:
    """The `StructType` of the rows: the columns of a record as Parquet has them, and `error`.

    Amounts are `DecimalType(38, 9)`, exact.

    Raises:
        MissingExtra: PySpark is not installed.
    """
    import pyarrow as pa

    try:
        from pyspark.sql.pandas.types import from_arrow_schema
    except ImportError as error:
        raise MissingExtra("pyspark", "spark") from error
    return from_arrow_schema(record_schema().append(pa.field(ERROR, pa.string())))


@dataclass(frozen=True, slots=True)
class Claims:
    """Frames of articles to frames of claims; what `mapInPandas` is handed.

    The model is loaded once a Python worker, and stays for the tasks that the worker is
    given after.

    Attributes:
        model: Folder of a bundle that all executors see, `cues`, or None for the one
            that comes with the package.
        scope: `claims` or `all`.
        zones: Kinds of block that claims are taken from.
        min_score: Claims of a lower score are left out.
        language: Taken for every article, instead of detecting it.
        text_field: Column of the text.
        device: `cpu`, `cuda` or `cuda:N`; a worker holds one model there.
        precision: Of the network; `auto` asks each machine what it is fast with.
        batch_size: Articles that one pass of the network shares.
        threads: Of each worker; Spark starts one worker a core.
    """

    model: str | None = None
    scope: str = "claims"
    zones: tuple[str, ...] = DEFAULT_ZONES
    min_score: float = 0.0
    language: str | None = None
    text_field: str | None = None
    device: str = "cpu"
    precision: str = "auto"
    batch_size: int = 64
    threads: int = 1

    def __call__(self, frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Yields a frame for each batch of articles that has claims or failures."""
        import pandas as pd

        extractor = loaded(
            self.model, self.device, self.precision, self.scope, self.language, self.threads
        )
        first = 1  # row of the partition
        for frame in frames:
            for start in range(0, len(frame), self.batch_size):
                part = frame.iloc[start : start + self.batch_size]
                rows = self._rows(_values(part), first + start, extractor)
                if rows:
                    # As objects: else numbers beside a missing one would become float.
                    yield pd.DataFrame(rows, columns=[*COLUMNS, ERROR], dtype=object)
            first += len(frame)

    def _rows(
        self, values: list[dict[str, Any]], first: int, extractor: Extractor
    ) -> list[dict[str, Any]]:
        failures: list[Failure] = []
        quarantine = Quarantine(failures.append)
        articles = self._articles(values, first, quarantine)
        rows: list[dict[str, Any]] = []
        for extraction in extract_batch(articles, extractor, quarantine):
            with quarantine.guard(extraction.document.id, "write"):
                rows += self._records(extraction, quarantine)
        for one in failures:
            told = {"article_id": one.article, ERROR: f"{one.stage}: {one.error}"}
            rows.append(dict.fromkeys(COLUMNS) | told)  # None, where pandas would put NaN
        return rows

    def _records(self, extraction: Extraction, quarantine: Quarantine) -> list[dict[str, Any]]:
        rows = []
        for record in records(extraction, zones=self.zones, min_score=self.min_score):
            with quarantine.guard(record.article_id, "write"):
                rows.append(record_row(record) | {ERROR: None})
        return rows

    def _articles(
        self, values: list[dict[str, Any]], first: int, quarantine: Quarantine
    ) -> Iterator[Article]:
        for number, row in enumerate(values, first):
            where = f"row {number} of a partition"
            with quarantine.guard(_id(row), "read"):
                article = row_article(row, where, self.text_field)
                # A partition is no place to name an article by: its text gives the id.
                yield replace(article, id=None) if article.id == where else article


def _values(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows with None where pandas has NaN, NaT or NA."""
    rows: list[dict[str, Any]] = (
        frame.astype(object).where(frame.notna(), None).to_dict(orient="records")
    )
    return rows


def _id(row: Mapping[str, Any]) -> str | None:
    id = next((value for name, value in row.items() if name.strip().casefold() == "id"), None)
    return None if id is None else str(id)
