"""``index.xml``: which files an export has and what stands in their columns.

The vocabulary is that of the GDPdU description standard (Beschreibungsstandard, 2004). Its DTD is
referred to by name and not shipped; readers know it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final
from xml.sax.saxutils import escape

from tillferry.closing.tables import Kind, Table

INDEX_NAME: Final = "index.xml"
DTD_NAME: Final = "gdpdu-01-09-2004.dtd"
_LINE_END: Final = "\r\n"


def index_xml(tables: Sequence[Table]) -> bytes:
    """The description of an export with exactly these tables, UTF-8 with CR LF."""
    return _index_xml(tuple(table.name for table in tables), tuple(tables))


@cache
def _index_xml(names: tuple[str, ...], tables: tuple[Table, ...]) -> bytes:
    del names
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<!DOCTYPE DataSet SYSTEM "{DTD_NAME}">',
        "<DataSet>",
        "  <Version>1.0</Version>",
        "  <DataSupplier>",
        "    <Name/>",
        "    <Location/>",
        "    <Comment>DSFinV-K 2.4</Comment>",
        "  </DataSupplier>",
        "  <Media>",
        "    <Name>DSFinV-K</Name>",
    ]
    for table in tables:
        lines += _table_lines(table)
    lines += ["  </Media>", "</DataSet>", ""]
    return _LINE_END.join(lines).encode()


def _table_lines(table: Table) -> list[str]:
    lines = [
        "    <Table>",
        f"      <URL>{table.file_name}</URL>",
        f"      <Name>{table.name}</Name>",
        f"      <Description>{escape(table.title)}</Description>",
        "      <UTF8/>",
        "      <DecimalSymbol>,</DecimalSymbol>",
        "      <DigitGroupingSymbol>.</DigitGroupingSymbol>",
        "      <Range>",
        "        <From>2</From>",
        "      </Range>",
        "      <VariableLength>",
        "        <ColumnDelimiter>;</ColumnDelimiter>",
        "        <RecordDelimiter>&#xD;&#xA;</RecordDelimiter>",
        '        <TextEncapsulator>"</TextEncapsulator>',
    ]
    for column in table.csv_columns:
        lines += [
            "        <VariableColumn>",
            f"          <Name>{column.csv_name}</Name>",
            f"          <Description>{escape(column.description)}</Description>",
        ]
        if column.kind is Kind.NUMBER:
            accuracy = f"<Accuracy>{column.decimals}</Accuracy>"
            lines.append(f"          <Numeric>{accuracy}</Numeric>")
        else:
            lines.append("          <AlphaNumeric/>")
            lines.append(f"          <MaxLength>{column.length}</MaxLength>")
        lines.append("        </VariableColumn>")
    lines += ["      </VariableLength>", "    </Table>"]
    return lines
