"""What stops a build: one sentence that says where and what to do."""

try:
    # MkDocs prints these without a traceback.
    from mkdocs.exceptions import BuildError
except ImportError:  # plain Markdown, or another site builder
    BuildError = Exception  # type: ignore[assignment, misc]


class PageError(BuildError):
    """A page asks for what is not there."""


class DanglingError(LookupError):
    """A reference that leads nowhere; where it stands, its reader knows."""

    def __init__(self, span: str) -> None:
        super().__init__(f"`{span}` leads nowhere.")
