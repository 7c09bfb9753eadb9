"""The evaluation as one self-contained page, and as Markdown for a pull request."""

from ovoz.evaluation.report.page import render_markdown, render_page

__all__ = ["render_markdown", "render_page"]
