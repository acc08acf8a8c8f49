"""Giving a file its name only when it is whole and on the disk, and never a name that is taken."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

_NO_LINKS = {errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK}
"""How file systems say that they cannot give a file a second name."""


def give_name(draft: Path, path: Path) -> None:
    """Let a whole draft, in the folder of `path`, have its name, unless somebody has taken that: renaming overwrites.

    The caller removes the draft, which may still be there.

    Raises:
        FileExistsError: the name is taken.
        OSError: the folder cannot be written.
    """
    try:
        os.link(draft, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # take the name first
        try:
            draft.replace(path)
        except BaseException:
            path.unlink()
            raise
    with suppress(OSError):  # not every file system knows how; the file is there
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
