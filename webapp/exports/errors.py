"""What can go wrong while a file is made."""


class ExportError(Exception):
    """The file would not say what the report says; its text is a sentence for a manager. Nothing was handed out."""
