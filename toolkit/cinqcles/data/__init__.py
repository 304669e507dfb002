"""Data to think with: the fictional case company, and readers of real platform exports."""

from cinqcles.data.company import NAME, NOTICE, videos, viewings
from cinqcles.data.exports import Export, Report
from cinqcles.data.youtube import read_youtube, write_youtube_export

__all__ = [
    "NAME",
    "NOTICE",
    "Export",
    "Report",
    "read_youtube",
    "videos",
    "viewings",
    "write_youtube_export",
]
