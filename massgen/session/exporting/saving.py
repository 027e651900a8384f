"""Where an exported document is put: in a file that only its user can read, and never over another one unasked."""

import errno
import os
from pathlib import Path

from massgen.errors import UsageError
from massgen.session.disk import open_private, replace


def save(path: Path, text: str, *, overwrite: bool = False, instead: str = "Name another file.") -> None:
    """Write `text` to `path`; raises `UsageError` for one that cannot be written, or is there: then do `instead`."""
    try:
        if path.is_symlink():
            raise UsageError(f"{path} is a symbolic link, and is not followed.", hint="Name a file.")
        if overwrite and path.exists():
            if not path.is_file():
                raise UsageError(f"{path} is not a regular file.", hint="Name another one.")
            replace(path, text)
            return
        with os.fdopen(open_private(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
            file.write(text.encode("utf-8", "replace"))
    except FileExistsError as error:
        raise UsageError(f"{path} is there already, and was left as it is.", hint=instead) from error
    except ValueError as error:  # a null byte
        raise UsageError(f"{str(path)!r} cannot be the name of a file.", hint="Name another one.") from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
            path.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise UsageError(f"{path} cannot be written: {reason}.", hint="Name another place.") from error
