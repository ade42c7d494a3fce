"""The page of a run: one HTML file that needs no server, with every conversation, its evidence and its grade."""

from grader.page.view import DEMONSTRATION_SPEECH, CriterionNames, RunView
from grader.page.writer import PageWriter, open_page, render, write

__all__ = ["DEMONSTRATION_SPEECH", "CriterionNames", "PageWriter", "RunView", "open_page", "render", "write"]
