"""A mail server that others wrote: PyPI `aiosmtpd`. Each message that it takes is read by Python's own mail parser and written
as JSON into the folder that is named, under the number in which it came. It says where it listens, and ends with its standard
input."""

import asyncio
import json
import pathlib
import sys
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP

FOLDER = pathlib.Path(sys.argv[1])


class Keeper:
    taken = 0

    async def handle_DATA(self, server, session, envelope):
        message = message_from_bytes(envelope.content, policy=policy.default)
        parts = {kind: message.get_body((kind,)) for kind in ("plain", "html")}
        read = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "names": [name.lower() for name in message.keys()],
            "message_id": message["Message-ID"].strip(),
            "subject": str(message["Subject"]),
            "readers": [[address.display_name, address.addr_spec] for address in message["To"].addresses],
            "text": parts["plain"].get_content(),
            "html": parts["html"].get_content(),
            "defects": [str(defect) for part in message.walk() for defect in part.defects],
        }
        Keeper.taken += 1
        unfinished = FOLDER / f".{Keeper.taken:06}"
        unfinished.write_text(json.dumps(read), encoding="utf-8")
        unfinished.rename(FOLDER / f"{Keeper.taken:06}.json")
        return "250 2.0.0 taken"


async def main():
    loop = asyncio.get_running_loop()
    keeper = Keeper()
    server = await loop.create_server(lambda: SMTP(keeper, hostname="judge.test"), "127.0.0.1", 0)
    print(f"listening at 127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(main())
