"""A folder whose new files show late: late_files.py BACKING MOUNT LISTINGS [VARIABLE].

What is written to it lies in BACKING at once, but a name shows only after its folder has been listed LISTINGS times since the
file was made, as on a network file system whose clients keep attributes. With VARIABLE, processes that have it in their environment
are another machine: only what they make is late, and only for all others. Ends when it is unmounted.
"""

import errno
import os
import sys

from mfusepy import FUSE, FuseOSError, Operations, fuse_get_context

backing, mount, listings = sys.argv[1], sys.argv[2], int(sys.argv[3])
variable = f"{sys.argv[4]}=".encode() if len(sys.argv) > 4 else None


def is_elsewhere():
    """Whether whoever asks is on the other machine."""
    pid = fuse_get_context()[2]
    try:
        with open(f"/proc/{pid}/environ", "rb") as environment:
            return any(entry.startswith(variable) for entry in environment.read().split(b"\0"))
    except OSError:
        return False


class LateFiles(Operations):
    use_ns = True

    def __init__(self):
        # How many listings of its folder each hidden name still needs.
        self.hidden = {}

    def init(self, path):
        print("mounted", flush=True)

    def at(self, path):
        return backing + path

    def hides(self, path):
        return path in self.hidden and not (variable and is_elsewhere())

    def getattr(self, path, fh=None):
        if fh is None and self.hides(path):
            raise FuseOSError(errno.ENOENT)
        try:
            stat = os.lstat(self.at(path))
        except OSError as error:
            raise FuseOSError(error.errno) from None
        keys = ("st_mode", "st_nlink", "st_size", "st_uid", "st_gid")
        times = {f"st_{key}time": getattr(stat, f"st_{key}time_ns") for key in "amc"}
        return {key: getattr(stat, key) for key in keys} | times

    def readdir(self, path, fh):
        names = os.listdir(self.at(path))
        if variable and is_elsewhere():
            return [".", "..", *names]
        folder = path.rstrip("/") + "/"
        for name in [name for name in self.hidden if name.startswith(folder)]:
            self.hidden[name] -= 1
            if self.hidden[name] <= 0:
                del self.hidden[name]
        return [".", "..", *(name for name in names if folder + name not in self.hidden)]

    def create(self, path, mode, fi=None):
        # Of two who make it the server lets one, whatever a client shows.
        try:
            file = os.open(self.at(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
        except FileExistsError:
            raise FuseOSError(errno.EEXIST) from None
        if variable is None or is_elsewhere():
            self.hidden[path] = listings
        return file

    def open(self, path, flags):
        return os.open(self.at(path), flags & ~os.O_CREAT)

    def read(self, path, size, offset, fh):
        return os.pread(fh, size, offset)

    def write(self, path, data, offset, fh):
        return os.pwrite(fh, data, offset)

    def truncate(self, path, length, fh=None):
        os.truncate(self.at(path), length)

    def release(self, path, fh):
        os.close(fh)

    def unlink(self, path):
        self.hidden.pop(path, None)
        os.unlink(self.at(path))

    def mkdir(self, path, mode):
        os.mkdir(self.at(path), mode)

    def rmdir(self, path):
        os.rmdir(self.at(path))

    def rename(self, old, new):
        os.rename(self.at(old), self.at(new))
        self.hidden.pop(new, None)
        if old in self.hidden:
            self.hidden[new] = self.hidden.pop(old)

    def link(self, target, source):
        os.link(self.at(source), self.at(target))

    def symlink(self, target, source):
        os.symlink(source, self.at(target))

    def readlink(self, path):
        return os.readlink(self.at(path))

    def chmod(self, path, mode):
        os.chmod(self.at(path), mode)

    def utimens(self, path, times=None):
        os.utime(self.at(path), ns=tuple(times) if times else None)


FUSE(
    LateFiles(),
    mount,
    foreground=True,
    nothreads=True,
    attr_timeout=0,
    entry_timeout=0,
    negative_timeout=0,
)
