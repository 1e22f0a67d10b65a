"""Opens files of results: from the workspace, the cache or git."""

import hashlib
import io
import os
import subprocess
from typing import IO, Any, BinaryIO, Dict, Literal, Optional, TextIO, Union, overload

from ._process import Folder, PipeError, answer

_CHUNK = 1 << 20


@overload
def open_result(
    name: Union[str, "os.PathLike[str]"],
    mode: Literal["r", "rt"] = ...,
    *,
    rev: Optional[str] = ...,
    project: Optional[Folder] = ...,
    encoding: Optional[str] = ...,
    errors: Optional[str] = ...,
    newline: Optional[str] = ...,
) -> TextIO: ...


@overload
def open_result(
    name: Union[str, "os.PathLike[str]"],
    mode: Literal["rb"],
    *,
    rev: Optional[str] = ...,
    project: Optional[Folder] = ...,
) -> BinaryIO: ...


def open_result(
    name: Union[str, "os.PathLike[str]"],
    mode: str = "r",
    *,
    rev: Optional[str] = None,
    project: Optional[Folder] = None,
    encoding: Optional[str] = "utf-8",
    errors: Optional[str] = None,
    newline: Optional[str] = None,
) -> Union[TextIO, BinaryIO]:
    """Opens a file of the project for reading, as `open` does.

    The workspace has it, or the cache, or, at a revision, git. What comes from the cache is hashed before it is returned.

    :param name: a path, from the current folder (or from `project`); a stage with one output; or `STAGE:PATH`.
    :param mode: `r` for text, `rb` for bytes.
    :param rev: a git revision or an experiment; default: the workspace.
    :param encoding: of text; default UTF-8.
    :raises PipeError: where there is no such file, or its bytes are damaged.
    """
    if mode not in ("r", "rt", "rb"):
        raise ValueError(f"mode {mode!r}: results can only be read")
    flags = [] if rev is None else [f"--rev={rev}"]
    located: Dict[str, Any] = answer("locate", [*flags, "--", os.fspath(name)], project)
    binary = _opened(located)
    if mode == "rb":
        return binary
    return io.TextIOWrapper(binary, encoding=encoding, errors=errors, newline=newline)


def _opened(located: Dict[str, Any]) -> BinaryIO:
    if located["source"] == "git":
        return io.BytesIO(_of_git(located["root"], located["commit"], located["path"]))
    file = open(located["file"], "rb")
    try:
        if located["source"] == "cache":
            _verify(file, located["algorithm"], located["digest"])
    except BaseException:
        file.close()
        raise
    return file


def _verify(file: "IO[bytes]", algorithm: str, digest: str) -> None:
    text = algorithm == "md5-dos2unix"
    hashed = hashlib.new("md5" if text else algorithm, usedforsecurity=False)
    while True:
        chunk = file.read(_CHUNK)
        if not chunk:
            break
        hashed.update(_without_carriage_returns(chunk) if text else chunk)
    if hashed.hexdigest() != digest:
        raise PipeError(f"{file.name} is damaged: it does not have the bytes of {digest}. Run: pipe verify")
    file.seek(0)


def _without_carriage_returns(chunk: bytes) -> bytes:
    """As DVC 2 hashes text: what has few bytes that text does not have."""
    start = chunk[:512]
    if not start:
        return chunk
    unusual = start.translate(None, bytes(range(32, 127)) + b"\n\r\t\f\b")
    is_text = b"\0" not in start and len(unusual) / len(start) <= 0.3
    return chunk.replace(b"\r\n", b"\n") if is_text else chunk


def _of_git(root: str, commit: str, path: str) -> bytes:
    command = ["git", "cat-file", "blob", f"{commit}:./{path}"]
    ended = subprocess.run(command, cwd=root, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if ended.returncode != 0:
        raise PipeError(f"git cannot read {path}: {ended.stderr.decode('utf-8', 'replace').strip()}")
    return ended.stdout
