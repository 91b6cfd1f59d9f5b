"""Merging what an import staged: a whole list of products and packs, prices, ratings, names, media. One transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from catalog.imports import merging_sql as sql
from catalog.imports.job import Staged
from catalog.imports.prices import merge_prices
from catalog.imports.report import Report
from catalog.imports.staged import StagedPack, StagedProduct
from catalog.imports.staging import (
    confirm_as_of,
    merge_packs,
    merge_products,
    refuse_cut,
    refuse_lack,
    withdraw_missing,
)
from pharmacy.clock import today


@dataclass(frozen=True)
class Merge:
    """One source's list on its way into the catalogue. `as_of`: ISO day. `most_withdrawn`: percent."""

    source: str
    staged: Staged
    report: Report
    as_of: str
    most_withdrawn: int = 20

    def whole_list(self, *, prices_of: str = "", sets_prices: bool = False) -> None:
        """Products, packs, prices, media and ratings of a source that lists all it has: what it lacks is withdrawn.

        `prices_of`: how the list's own prices name their source; those that it no longer states end. `sets_prices`:
        the list alone says what its packs cost, in each currency; whatever it does not state ends. Raises BadFile when
        it lacks too much to be whole.
        """
        for what in ("products", "packs"):
            refuse_cut(self.staged.keys(what), self.source, what, most=self.most_withdrawn)
        self.products()
        self.packs()
        for what in ("products", "packs"):
            gone = withdraw_missing(self.staged.keys(what), source=self.source, what=what)
            self.report.add(what, "withdrawn", gone)
        self.prices()
        if prices_of:
            self._end_prices(sql.END_PRICES, prices_of)
        if sets_prices:
            self._end_prices(sql.END_ALL_PRICES, "")
        self.media()
        confirm_as_of(self.source, self.as_of)

    def products(self) -> None:
        """Upsert products."""
        for batch in self.staged.batches("products"):
            done = merge_products([StagedProduct(*row) for _, _, row in batch], source=self.source, today=today())
            self._count("products", len(batch), done.new, done.changed)

    def packs(self) -> None:
        """Upsert packs; packs without a product and codes that name another pack are refused by line."""
        for batch in self.staged.batches("packs"):
            done = merge_packs([StagedPack(*row) for _, _, row in batch], source=self.source)
            lines = {key: line for line, key, _ in batch}
            for key, product in done.orphans:
                self.report.refuse("packs", lines[key], key, f"no product {product!r} in the files")
            for key, why in done.taken:
                self.report.refuse("packs", lines[key], key, why)
            self._count("packs", len(batch) - len(done.orphans), done.new, done.changed)

    def prices(self) -> None:
        """New prices where they differ from the current ones; the old ones end and are kept."""
        for batch in self.staged.batches("prices"):
            known = self._ids(sql.PACK_IDS, [row[0] for _, _, row in batch])
            rows = [(known[row[0]], *row[1:]) for _, _, row in batch if row[0] in known]
            new, replaced = merge_prices(rows)
            self._count("prices", len(rows), new - replaced, replaced)

    def _end_prices(self, statement: str, prices_of: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, {"source": self.source, "prices_of": prices_of, "run": self.staged.run})
            self.report.add("prices", "withdrawn", cursor.fetchone()[0])

    def ratings(self, *, products_of: str) -> None:
        """Ratings of the products of the source `products_of`; those not staged go. Rows: product key, group, code,
        said of, status."""
        with connection.cursor() as cursor:
            cursor.execute(sql.TEMP_RATINGS)
            for batch in self.staged.batches("ratings"):
                _copy(cursor, "staged_rating", (row for _, _, row in batch))
            self.merge_staged_ratings(products_of=products_of)

    def merge_staged_ratings(self, *, products_of: str) -> None:
        """The same for rows that are in the temporary table already. Raises BadFile when too many would go."""
        values = {"source": self.source, "products_of": products_of, "as_of": self.as_of}
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE staged_rating")
            cursor.execute(sql.RATED, values)
            cursor.execute("ANALYZE rated")
            cursor.execute(sql.RATINGS_LACKING, values)
            refuse_lack("ratings", *cursor.fetchone(), most=self.most_withdrawn)
            cursor.execute(sql.UPSERT_RATINGS, values)
            new, changed = cursor.fetchone()
            cursor.execute(sql.COUNT_RATINGS, values)
            of_ours = cursor.fetchone()[0]
            cursor.execute(sql.DELETE_RATINGS, values)
            self.report.add("ratings", "withdrawn", cursor.fetchone()[0])
            cursor.execute(sql.CONFIRM_RATINGS, values)
            cursor.execute("DELETE FROM staged_rating")
            cursor.execute("DROP TABLE rated")
        self._count("ratings", of_ours, new, changed)

    def media(self) -> None:
        """Pictures and papers of the list's products. Rows: product key, kind, address, says, credit, licence."""
        with connection.cursor() as cursor:
            cursor.execute(sql.TEMP_MEDIA)
            for batch in self.staged.batches("media"):
                _copy(cursor, "staged_medium", (row for _, _, row in batch))
            cursor.execute(sql.UPSERT_MEDIA, {"source": self.source})
            new, changed = cursor.fetchone()
            cursor.execute("SELECT count(*) FROM staged_medium")
            many = cursor.fetchone()[0]
            cursor.execute(sql.DELETE_MEDIA, {"source": self.source})
            self.report.add("media", "withdrawn", cursor.fetchone()[0])
            cursor.execute("DELETE FROM staged_medium")
        if many:
            self._count("media", many, new, changed)

    def names(self) -> None:
        """Names of substances that are in the catalogue. Rows: substance key, name, kind."""
        for batch in self.staged.batches("names"):
            with connection.cursor() as cursor:
                cursor.execute(sql.TEMP_NAMES)
                _copy(cursor, "staged_name", (row for _, _, row in batch))
                cursor.execute(sql.INSERT_NAMES, {"source": self.source})
                new = cursor.fetchone()[0]
                cursor.execute("DELETE FROM staged_name")
            self._count("names", len(batch), new, 0)

    def substance_codes(self, column: str) -> None:
        """UNII or RxCUI of substances. Rows: substance key, code."""
        statement = {"unii": sql.SET_UNII, "rxcui": sql.SET_RXCUI}[column]
        for batch in self.staged.batches("codes"):
            with connection.cursor() as cursor:
                cursor.execute(statement, [[row[0] for *_, row in batch], [row[1] for *_, row in batch]])
                changed = cursor.fetchone()[0]
            self._count("codes", len(batch), 0, changed)

    def _ids(self, statement: str, keys: list[str]) -> dict[str, int]:
        with connection.cursor() as cursor:
            cursor.execute(statement, [self.source, keys])
            return dict(cursor.fetchall())

    def _count(self, what: str, all_of: int, new: int, changed: int) -> None:
        self.report.add(what, "new", new)
        self.report.add(what, "changed", changed)
        self.report.add(what, "unchanged", all_of - new - changed)


def copy_ratings(rows: Iterator[Any]) -> None:
    """Put rating rows into the temporary table (for sources whose products are found out while merging)."""
    with connection.cursor() as cursor:
        cursor.execute(sql.TEMP_RATINGS)
        _copy(cursor, "staged_rating", rows)


def _copy(cursor: Any, table: str, rows: Iterator[Any]) -> None:
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(tuple(row))
