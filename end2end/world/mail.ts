// Mail as it arrives: files in a folder, written by the server's worker.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import PostalMime, { type Email } from 'postal-mime';

export class MailFolder {
  constructor(private readonly folder: string) {}

  /** All mails to `address`, in the order in which they were written. */
  async to(address: string): Promise<Email[]> {
    const files = await readdir(this.folder).catch(() => []);
    const mails = [];
    for (const file of files.filter((name) => name.endsWith('.eml')).sort()) {
      const mail = await PostalMime.parse(await readFile(join(this.folder, file)));
      if (mail.to?.some((to) => to.address?.toLowerCase() === address.toLowerCase())) mails.push(mail);
    }
    return mails;
  }

  /** The `nth` mail to `address`, once it is there. */
  async arrived(address: string, nth = 1): Promise<Email> {
    await expect.poll(async () => (await this.to(address)).length, { message: `mail to ${address}` }).toBeGreaterThanOrEqual(nth);
    return (await this.to(address))[nth - 1];
  }
}

/** The link in a mail whose path begins with `path`, the same in its text and its HTML. */
export function linkIn(mail: Email, path: string): string {
  const inText = addresses(mail.text ?? '').find((address) => new URL(address).pathname.startsWith(path));
  const inHtml = addresses((mail.html ?? '').replaceAll('&amp;', '&'));
  if (!inText) throw new Error(`no link to ${path} in:\n${mail.text}`);
  expect(inHtml, 'HTML and text have the same link').toContain(inText);
  return inText;
}

function addresses(text: string): string[] {
  return text.match(/https?:\/\/[^\s"'<>)]+/g) ?? [];
}
