"""Makes the demonstration's cuts of Drugs@FDA, UNII and RxNorm: `python -m catalog.demo.make_codes FOLDER`.

After `catalog.demo.make`: only applications and substances of the demonstration's own products are kept, row by row.
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
from pathlib import Path

from catalog.imports.files import csv_rows, rows
from catalog.rules import names

HERE = Path(__file__).parent / "files"
APPROVED = {
    "Products": ("ApplNo", "ProductNo", "Form", "Strength", "ReferenceDrug", "DrugName", "ActiveIngredient"),
    "MarketingStatus": ("MarketingStatusID", "ApplNo", "ProductNo"),
    "TE": ("ApplNo", "ProductNo", "MarketingStatusID", "TECode"),
}


def main(folder: Path) -> None:
    """Write the files."""
    applications: set[str] = set()
    moieties: set[str] = set()
    for _, row in rows(HERE / "ndc_product.txt.gz", needs=("APPLICATIONNUMBER", "SUBSTANCENAME")):
        if not isinstance(row, str):
            applications.add("".join(each for each in row["APPLICATIONNUMBER"] if each.isdigit()).zfill(6))
            moieties |= {names.moiety(each) for each in row["SUBSTANCENAME"].split(";") if each.strip()}
    for name, columns in APPROVED.items():
        source = folder / "us-fda" / f"drugsfda_{name}.txt.gz"
        kept = [
            row for _, row in rows(source, needs=columns) if not isinstance(row, str) and row["ApplNo"] in applications
        ]
        _write_tabs(f"drugsfda_{name}.txt.gz", columns, kept)
    columns = ("Name", "TYPE", "UNII", "Display Name")
    source = folder / "terminology" / "fda_unii_names_ndc_substances.txt.gz"
    units = [
        row
        for _, row in rows(source, needs=columns)
        if not isinstance(row, str) and names.key(row["Name"]) == names.key(row["Display Name"]) in moieties
    ]
    _write_tabs("unii.txt.gz", columns, units)
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("rxcui", "tty", "name"))
    for _, each in csv_rows(folder / "terminology" / "rxnorm_names_subset.csv.gz", needs=("rxcui", "tty", "name")):
        if not isinstance(each, str) and each["tty"] == "IN" and names.key(each["name"]) in moieties:
            table.writerow((each["rxcui"], each["tty"], each["name"]))
    _write("rxnorm.csv.gz", out.getvalue().encode())


def _write_tabs(name: str, columns: tuple[str, ...], kept: list[dict[str, str]]) -> None:
    lines = ["\t".join(columns)] + ["\t".join(row[column] for column in columns) for row in kept]
    _write(name, ("\r\n".join(lines) + "\r\n").encode("cp1252", errors="replace"))


def _write(name: str, content: bytes) -> None:
    with (HERE / name).open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
