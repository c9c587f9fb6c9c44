// The admin's pages as a person uses them: by what stands on them.
import { type Locator, type Page, expect } from '@playwright/test';

/** Waits until the page answers to clicks. */
export async function hydrated(page: Page): Promise<void> {
  await expect(page.locator('html[data-hydrated]')).toBeAttached();
}

/** Opens one of the admin's pages. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await hydrated(page);
}

/** A name that no other story uses. */
export function unique(words: string): string {
  return `${words} ${Math.random().toString(36).slice(2, 7)}`;
}

/** The row (on a phone: the card) of a list that shows `text`. */
export function row(page: Page, text: string): Locator {
  return page.getByRole('row').filter({ hasText: text });
}

/** What stands in a row of a list under the head `column`. */
export async function cell(page: Page, text: string, column: string): Promise<Locator> {
  const heads = await page.getByRole('columnheader').allInnerTexts();
  const index = heads.findIndex((head) => head.trim().toLowerCase().startsWith(column.toLowerCase()));
  expect(index, `a column ${column} among ${heads.join(', ')}`).toBeGreaterThanOrEqual(0);
  return row(page, text).locator('> th, > td').nth(index);
}

export interface NewToken {
  name: string;
  type?: 'Single Token' | 'Multi Token';
  limit?: number;
  count?: number;
  expires?: string;
  collection: string;
}

/** Opens the dialog *Create Token* and fills it in, without sending it. */
export async function fillInToken(page: Page, token: NewToken): Promise<Locator> {
  await page.getByRole('button', { name: 'Create Token', exact: true }).first().click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toBeVisible();
  await dialog.getByLabel('Name', { exact: true }).fill(token.name);
  if (token.type) await choose(dialog, 'Token Type', token.type);
  if (token.limit !== undefined) await dialog.getByLabel('Usage Limit').fill(String(token.limit));
  if (token.count !== undefined) await dialog.getByLabel('No of Tokens').fill(String(token.count));
  if (token.expires) await dialog.getByLabel('Expires').fill(token.expires);
  await choose(dialog, 'Collection', token.collection);
  return dialog;
}

/** Makes a token and waits until its row is there. */
export async function createToken(page: Page, token: NewToken): Promise<Locator> {
  await open(page, '/tokens');
  const dialog = await fillInToken(page, token);
  await dialog.getByRole('button', { name: 'Create Token', exact: true }).click();
  await closeNewLink(page, token);
  await expect(row(page, token.name)).toBeVisible();
  return row(page, token.name);
}

/** A single token is made with its link shown, to be handed out; this puts it away. */
export async function closeNewLink(page: Page, token: { name: string; type?: string }): Promise<void> {
  if (token.type !== 'Multi Token') {
    const shared = page.getByRole('dialog', { name: `Share ${token.name}` });
    await expect(shared.getByRole('button', { name: 'Copy link' })).toBeFocused();
    await page.keyboard.press('Escape');
  }
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

/** Chooses from a list or from a group of radio buttons, whichever carries the label. */
export async function choose(within: Locator, label: string, option: string): Promise<void> {
  const list = within.getByRole('combobox', { name: label });
  if (await list.count()) {
    await list.selectOption({ label: option });
  } else {
    await within.getByRole('radio', { name: option }).check();
  }
}

/** Makes a collection with one link in it and publishes it. Answers with its page's path. */
export async function publishCollection(page: Page, title: string): Promise<string> {
  await open(page, '/collections');
  await page.getByRole('button', { name: 'New collection' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Title').fill(title);
  await dialog.getByRole('button', { name: /Create|Save|New collection/ }).click();
  await page.waitForURL(/\/collections\/[0-9a-f-]+/);
  await hydrated(page);
  await addLink(page, 'Read this first', 'https://example.org/first');
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByText('Published', { exact: true }).first()).toBeVisible();
  return new URL(page.url()).pathname;
}

/** Adds a link to the collection that is open. */
export async function addLink(page: Page, title: string, address: string): Promise<void> {
  await page.getByRole('button', { name: 'Add link' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Title').fill(title);
  await dialog.getByLabel('Link', { exact: true }).fill(address);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText(title)).toBeVisible();
}

/** The link of a single token, as its share dialog shows it. */
export async function linkOf(page: Page, name: string): Promise<string> {
  await row(page, name).getByRole('button', { name: /^Share/ }).click();
  return linkInDialog(page);
}

/** Reads the link of the share dialog that is open, and closes it. */
export async function linkInDialog(page: Page): Promise<string> {
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('button', { name: 'Copy link' })).toBeVisible();
  const link = await dialog.getByLabel('Link', { exact: true }).inputValue();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  return link;
}

/** Opens the pencil's menu of a token and chooses from it. */
export async function pencil(page: Page, name: string, action: 'Edit' | 'Delete'): Promise<void> {
  await row(page, name).getByRole('button', { name: `Edit or delete ${name}` }).click();
  await page.getByRole('button', { name: action, exact: true }).or(page.getByRole('menuitem', { name: action, exact: true })).click();
}

/** A day as date fields take it, counted from today in the organisation's time zone. */
export function day(fromToday: number, timeZone = 'Pacific/Auckland'): string {
  const then = new Date(Date.now() + fromToday * 24 * 60 * 60 * 1000);
  return new Intl.DateTimeFormat('en-CA', { timeZone }).format(then);
}

/** Redeems a link as a recipient does. */
export async function redeem(page: Page, link: string, person: { name: string; email?: string }): Promise<void> {
  await page.goto(link);
  await page.getByLabel('Your name').or(page.getByLabel('Name', { exact: true })).fill(person.name);
  if (person.email) await page.getByLabel('E-mail').fill(person.email);
  await page.getByRole('button', { name: 'Get access' }).click();
}

/** Chooses an option of a list's filter, which stands behind one button. */
export async function filterBy(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await page.getByRole('combobox', { name: label, exact: true }).selectOption({ label: option });
  await page.keyboard.press('Escape');
}

/** What takes a filter away again. */
export function chip(page: Page, words: string): Locator {
  return page.getByRole('button', { name: `Remove the filter ${words}`, exact: true });
}
