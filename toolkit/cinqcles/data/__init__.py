"""Data to think with: the fictional case company, and readers of real platform exports.

``SCHEMA["views"]`` says what a column of a frame is, and in what unit.
"""

from cinqcles.data import company
from cinqcles.data.exports import Export, Report
from cinqcles.data.platforms import read_export
from cinqcles.data.schema import SCHEMA
from cinqcles.data.youtube import read_youtube, write_youtube_export

__all__ = [
    "SCHEMA",
    "Export",
    "Report",
    "company",
    "read_export",
    "read_youtube",
    "write_youtube_export",
]
