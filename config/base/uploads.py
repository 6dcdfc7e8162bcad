"""No form takes files, so nobody can fill the disk with them; but for the views that ask for a small one."""

from collections.abc import Callable
from functools import wraps
from io import BytesIO
from typing import Any, NoReturn

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

LARGEST_BYTES = 1024 * 1024


class NoFiles(FileUploadHandler):
    """Stops reading a body at its first file; Django's limit of a body does not count files."""

    def new_file(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        return None

    def file_complete(self, file_size: int) -> None:
        return None


class OneSmallFile(FileUploadHandler):
    """Keeps one file in memory; stops reading at the second one, or when it gets too large."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._content = BytesIO()
        self._files = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._files += 1
        if self._files > 1:
            raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > LARGEST_BYTES:
            raise StopUpload(connection_reset=True)
        self._content.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self._content.seek(0)
        return InMemoryUploadedFile(
            self._content, self.field_name, self.file_name or "", self.content_type or "", file_size, None
        )


def takes_one_small_file(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let a view of the console take a file. The view must protect itself against forged requests, as admin_view does:
    the middleware would read the body before the handler is chosen.
    """

    @wraps(view)
    def taking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.upload_handlers = [OneSmallFile(request)]
        return view(request, *args, **kwargs)

    return csrf_exempt(taking)
