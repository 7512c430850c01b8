"""The record as one HTML document that stands alone: no network, no script, light, dark and print."""

from hullwatch.report.document import report_html

__all__ = ["report_html"]
