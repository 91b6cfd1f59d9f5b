"""How uploads come in: capped file by file while they arrive, in temporary files that have no name on any disk."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

from pharmacy.refusals import Unreachable
from prescriptions.rules.uploads import MAX_BYTES, MAX_FILES

IN_MEMORY: Final = 1024 * 1024
# Ten files, their names and the form's own fields; anything larger is refused before a byte of it is parsed.
MAX_REQUEST: Final = MAX_FILES * MAX_BYTES + 256 * 1024


class Nameless(FileUploadHandler):
    """Keeps what arrives where nobody can open it by name: a process that dies leaves nothing behind."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.too_big: list[str] = []
        self._kept: Any = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A file begins."""
        super().new_file(*args, **kwargs)
        self._kept = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # closed with the request's files

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep a piece; past the cap the rest of the file is read and thrown away. Raises Unreachable (disk full)."""
        if start + len(raw_data) > MAX_BYTES:
            self._kept.close()
            self.too_big.append(str(self.file_name))
            raise SkipFile
        try:
            self._kept.write(raw_data)
        except OSError as problem:
            self._kept.close()
            raise Unreachable("files can't be kept now") from problem

    def file_complete(self, file_size: int) -> UploadedFile[Any]:
        """The file is whole."""
        self._kept.seek(0)
        return UploadedFile(self._kept, self.file_name, self.content_type, file_size, self.charset)
