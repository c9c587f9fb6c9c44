// Campaigns as an admin works on them, and claims as recipients make them.
import { type Page, expect } from '@playwright/test';
import type { MailFolder } from './mail';
import { open, row } from './pages';

/** Makes the draft of a campaign, and stays on its page. Answers with its path. */
export async function newCampaign(page: Page, title: string): Promise<string> {
  await open(page, '/campaigns');
  await page.getByRole('button', { name: 'New campaign' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Title').fill(title);
  await dialog.getByLabel('Description').fill('Knows what to do when something burns.');
  await dialog.getByLabel('Criteria').fill('Passed the test.');
  await dialog.getByRole('button', { name: 'Create' }).click();
  // Its designer opens first.
  await page.waitForURL(/\/design$/);
  const path = new URL(page.url()).pathname.replace(/\/design$/, '');
  await open(page, path);
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
  return path;
}

/** Starts the campaign whose page is open. */
export async function startCampaign(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start and send' }).click();
  await expect(page.getByText('The campaign is live now.')).toBeVisible();
}

/** Adds recipients, one on a line, to the campaign whose page is open. */
export async function addRecipients(page: Page, ...lines: string[]): Promise<void> {
  await page.getByRole('button', { name: 'Add recipients' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Recipients').fill(lines.join('\n'));
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(dialog).toBeHidden();
}

/** Opens the menu of a recipient and chooses from it. */
export async function fromMenu(page: Page, name: string, entry: string): Promise<void> {
  await row(page, name).getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('button', { name: entry, exact: true }).click();
}

/** Does something to a recipient, having read what it will do. */
export async function actOn(page: Page, name: string, action: string, says: string, reason?: string): Promise<void> {
  await fromMenu(page, name, action);
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText(says)).toBeVisible();
  if (reason) await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByRole('button', { name: action, exact: true }).click();
  await expect(dialog).toBeHidden();
}

/** Proves a mailbox on the page behind a claim link, by the code that is mailed to it. Answers with the path of the credential. */
export async function claimByMail(page: Page, mails: MailFolder, email: string): Promise<string> {
  const before = (await mails.to(email)).length;
  await page.getByLabel('Your e-mail address').fill(email);
  await page.getByRole('button', { name: 'Send me a code' }).click();
  await expect(page.getByLabel('Code')).toBeVisible();
  const mail = await mails.arrived(email, before + 1);
  const code = mail.text?.match(/\b\d{6}\b/)?.[0];
  expect(code, 'a code in the mail').toBeTruthy();
  await page.getByLabel('Code').fill(code ?? '');
  await page.getByRole('button', { name: 'Claim' }).click();
  await page.waitForURL(/\/c\/[0-9a-f-]+/);
  return new URL(page.url()).pathname;
}
