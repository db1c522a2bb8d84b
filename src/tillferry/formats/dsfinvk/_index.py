"""index.xml as we write it: it describes exactly the tables that are there."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from html import escape
from typing import Final

from tillferry.closing.tables import Column, Kind, Table

INDEX_NAME: Final = "index.xml"
DTD_NAME: Final = "gdpdu-01-09-2004.dtd"

_START: Final = f"""\
<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE DataSet SYSTEM "{DTD_NAME}">
<DataSet>
  <Version>1.0</Version>
  <DataSupplier>
    <Name>Tillferry</Name>
    <Location></Location>
    <Comment>DSFinV-K 2.4</Comment>
  </DataSupplier>
  <Media>
    <Name>DSFinV-K 2.4</Name>
"""
_END: Final = """\
  </Media>
</DataSet>
"""
_TABLE: Final = """\
    <Table>
      <URL>{file_name}</URL>
      <Name>{title}</Name>
      <Description>{title}</Description>
      <UTF8/>
      <DecimalSymbol>,</DecimalSymbol>
      <DigitGroupingSymbol>.</DigitGroupingSymbol>
      <Range>
        <From>2</From>
      </Range>
      <VariableLength>
        <ColumnDelimiter>;</ColumnDelimiter>
        <RecordDelimiter>&#xD;&#xA;</RecordDelimiter>
        <TextEncapsulator>&quot;</TextEncapsulator>
{columns}      </VariableLength>
    </Table>
"""


def index_bytes(tables: Iterable[Table]) -> bytes:
    """index.xml for these tables, with CR LF, without a byte order mark."""
    return _index_bytes(tuple(tables))


@lru_cache(maxsize=64)
def _index_bytes(tables: tuple[Table, ...]) -> bytes:
    text = _START + "".join(_table(table) for table in tables) + _END
    return text.replace("\n", "\r\n").encode()


def _table(table: Table) -> str:
    return _TABLE.format(
        file_name=table.file_name,
        title=escape(table.title, quote=False),
        columns="".join(_column(column) for column in table.csv_columns),
    )


def _column(column: Column) -> str:
    if column.kind is Kind.NUMBER:
        accuracy = f"<Accuracy>{column.decimals}</Accuracy>" if column.decimals else ""
        kind = f"<Numeric>{accuracy}</Numeric>" if accuracy else "<Numeric/>"
        length = ""
    else:
        kind = "<AlphaNumeric/>"
        length = f"<MaxLength>{column.length}</MaxLength>"
    return (
        f"        <VariableColumn><Name>{column.csv_name}</Name>"
        f"<Description>{escape(column.description, quote=False)}</Description>"
        f"{kind}{length}</VariableColumn>\n"
    )
