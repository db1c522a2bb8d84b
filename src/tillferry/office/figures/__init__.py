"""Head office's figures: each defined once, for page, chart, command, file and mail."""

from tillferry.office.figures.definitions import FIGURES, find_figure
from tillferry.office.figures.model import Chart, Figure, FigureColumn, Question, Report
from tillferry.office.figures.reckoning import report

__all__ = [
    "FIGURES",
    "Chart",
    "Figure",
    "FigureColumn",
    "Question",
    "Report",
    "find_figure",
    "report",
]
