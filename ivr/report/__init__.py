"""The report: a static site that shows an auditor what the line does, and how each rule of the policy is shown."""

from ivr.report.site import write_site

__all__ = ["write_site"]
