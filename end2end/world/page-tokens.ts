// Admin Tokens as a person uses it.
import { type Locator, type Page, expect } from '@playwright/test';
import { choose, open, row } from './pages';

export const PAGE_TOKENS = '/administrator/page-tokens';

export interface NewPageToken {
  url: string;
  timeout?: string;
  hits?: string;
  groups?: string;
  opens?: 'Exactly this URL' | 'This URL with its assets' | 'Everything below';
  note?: string;
}

/** Registers a site whose proxy asks from this machine. */
export async function addSite(page: Page, address: string): Promise<void> {
  await open(page, `${PAGE_TOKENS}?tab=sites`);
  await page.getByRole('button', { name: 'Add a site' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Address').fill(address);
  await dialog.getByLabel('Trusted networks').fill('127.0.0.0/8');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('heading', { name: "The site's secret" })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('heading', { name: address })).toBeVisible();
}

/** The form *Add new token*. */
export function addForm(page: Page): Locator {
  return page.getByRole('region', { name: 'Add new token' });
}

/** Fills the form in, without sending it. */
export async function fillInPageToken(page: Page, token: NewPageToken): Promise<Locator> {
  const form = addForm(page);
  await form.getByLabel('Full URL').fill(token.url);
  if (token.timeout) await form.getByLabel('Timeout in seconds (-1 for unlimited)').fill(token.timeout);
  if (token.hits) await form.getByLabel('Maximum number of hits (-1 for unlimited)').fill(token.hits);
  if (token.groups) await form.getByLabel('Groups (separated by comma)').fill(token.groups);
  if (token.opens || token.note) await form.getByText('More: dates, assets, parameters, networks').click();
  if (token.opens) await choose(form, 'Opens', token.opens);
  if (token.note) await form.getByLabel('Note').fill(token.note);
  return form;
}

/** Adds a token; says its link, as it is shown after. */
export async function addPageToken(page: Page, token: NewPageToken): Promise<string> {
  await open(page, `${PAGE_TOKENS}?tab=add`);
  const form = await fillInPageToken(page, token);
  await form.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(form.getByRole('heading', { name: 'The token was added' })).toBeVisible();
  return form.getByLabel('Link', { exact: true }).inputValue();
}

/** Opens the pencil's menu of a token and chooses from it. */
export async function act(page: Page, url: string, action: string): Promise<void> {
  await row(page, url).getByRole('button', { name: `Edit or delete ${url}` }).click();
  await page.getByRole('button', { name: action, exact: true }).or(page.getByRole('menuitem', { name: action, exact: true })).click();
}
