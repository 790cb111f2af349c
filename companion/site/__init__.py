"""The site's own Markdown: directives that print the text as pages.

A directive stands on a line of its own, in a list or a fold as well;
everything else on a page is plain Markdown. `mkdocs.yml` names this package
as one of its extensions.

    ::: annotate minisocketserver/base.py
    ::: annotate minisocketserver/base.py BaseServer.shutdown
    ::: differences
    ::: omissions
    ::: tree
    ::: figures
    ::: card what the site is about
    ::: code 02-request/shout.py
    ::: code 02-request/shout.py Shout.handle
    ::: run 02-request/shout.py
    ::: companions 02-request
    ::: companions reading/base
    ::: companions xray/threading-tcp
    ::: witness conformance/test_base.py test_a_partial_can_be_the_handler
    ::: glossary
    ::: xray threading-tcp
    ::: who-next threading-tcp
    ::: scenario threading-tcp
    ::: xrays

It is a Markdown extension and nothing more, so that it can be tested without
a site builder, and outlive the present one.
"""

from __future__ import annotations

from .extension import SiteExtension


def makeExtension(**options: object) -> SiteExtension:  # noqa: N802
    """Make the extension; Python-Markdown looks for this very name."""
    return SiteExtension(**options)
