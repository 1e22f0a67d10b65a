"""An SFTP server that is not OpenSSH's, and that takes a password: asyncssh, over the files of this machine."""

import asyncio
import sys

import asyncssh

key, password, method = sys.argv[1:]


def note(given):
    """What `ssh` sends where it has no answer is empty."""
    if given:
        print("PASSWORD", flush=True)


class Server(asyncssh.SSHServer):
    def begin_auth(self, username):
        return True

    def password_auth_supported(self):
        return method == "password"

    def validate_password(self, username, given):
        note(given)
        return given == password

    def kbdint_auth_supported(self):
        return method == "keyboard"

    def get_kbdint_challenge(self, username, lang, submethods):
        return "", "", "", [("Password: ", False)]

    def validate_kbdint_response(self, username, responses):
        note("".join(responses))
        return responses == [password]


async def main():
    server = await asyncssh.listen(
        "127.0.0.1", 0, server_factory=Server, server_host_keys=[key], sftp_factory=True
    )
    print("PORT", server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().create_future()


asyncio.run(main())
