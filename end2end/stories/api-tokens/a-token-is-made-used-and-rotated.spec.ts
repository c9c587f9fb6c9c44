import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';
import { expect, OWNER, test } from '../../world/test';
import { findsNothing } from '../../world/axe';
import { hydrated, open, row, unique } from '../../world/pages';

test('a token is made, seen, copied and used by a program', async ({ admin, world }) => {
  const name = unique('Nightly import');
  await open(admin, '/administrator/tokens');
  await admin.getByRole('button', { name: 'New API token' }).first().click();
  const dialog = admin.getByRole('dialog');
  await expect(dialog.getByLabel('Token Name')).toBeFocused();
  for (const label of ['Expiry Date', 'Select User', 'Department', 'User Type', 'Allowed networks', 'Description']) {
    await expect(dialog.getByLabel(label, { exact: true })).toBeVisible();
  }
  await expect(dialog.getByText('Select Department & User Type')).toBeVisible();
  await findsNothing(admin, 'New API token');

  // Nothing is sent without a name, and what was chosen stays.
  await dialog.getByLabel('Expiry Date').selectOption({ label: 'In 30 days' });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByLabel('Token Name')).toHaveAttribute('aria-invalid', 'true');
  await expect(dialog.getByLabel('Expiry Date').locator('option:checked')).toHaveText('In 30 days');

  await dialog.getByLabel('Token Name').fill(name);
  await dialog.getByLabel('Only some of what the user type may do').check();
  await dialog.getByLabel('See collections and their content').check();
  await expect(dialog.getByText(/^The token would see .*collections.*May see collections and their content\./)).toBeVisible();
  // And which routes that opens.
  await dialog.getByText('What it could call').click();
  const calls = dialog.getByRole('group', { name: 'Calls' });
  await expect(calls).toContainText('GET /api/v1/collections/{id}');
  await expect(calls).not.toContainText('/api/v1/people');
  await findsNothing(admin, 'what a token could call');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const secret = await dialog.getByLabel('API Token', { exact: true }).inputValue();
  expect(secret).toMatch(/^twa_[0-9A-Za-z]{49}$/);
  await expect(dialog.getByRole('button', { name: 'Copy token' })).toBeVisible();
  await expect(dialog.getByLabel('Command line')).toHaveValue(`curl -H "Authorization: Bearer ${secret}" ${world.server.url}/api/v1/tokens/self`);

  // The command works as it stands, in any shell.
  const { stdout } = await promisify(execFile)('sh', ['-c', await dialog.getByLabel('Command line').inputValue()]);
  expect(JSON.parse(stdout)).toMatchObject({ name, state: 'live', permissions: ['collections:read'] });
  expect((await call(world.server.url, secret, '/api/v1/collections')).status).toBe(200);
  expect((await call(world.server.url, secret, '/api/v1/people')).status).toBe(403);

  await dialog.getByRole('link', { name: 'Go to the token' }).click();
  await expect(admin.getByRole('heading', { level: 1, name })).toBeVisible();
  const terms = await admin.locator('dl.facts dt').allInnerTexts();
  for (const label of ['Token Name', 'API Token', 'Tenant Id', 'Expiry Date', 'Associated User', 'Department and User Type']) {
    expect(terms).toContain(label);
  }
  await expect(admin.getByRole('heading', { name: 'Description of Use' })).toBeVisible();
  await expect(admin.getByRole('group', { name: 'Python' })).toContainText(`${world.server.url}/api/v1/tokens/self`);
  await expect(admin.locator('main')).not.toContainText(secret);
  await findsNothing(admin, 'an API token');

  // Seeing it again asks for the password, and is recorded.
  await admin.getByRole('button', { name: 'Show token' }).click();
  await admin.getByRole('dialog').getByLabel('Password').fill('not the password');
  await admin.getByRole('dialog').getByRole('button', { name: 'Show token' }).click();
  await expect(admin.getByRole('dialog').getByLabel('Password')).toHaveAttribute('aria-invalid', 'true');
  await admin.getByRole('dialog').getByLabel('Password').fill(OWNER.password);
  await admin.getByRole('dialog').getByRole('button', { name: 'Show token' }).click();
  await expect(admin.getByRole('dialog').getByLabel('API Token', { exact: true })).toHaveValue(secret);
  await admin.keyboard.press('Escape');
  await expect(admin.getByRole('listitem').filter({ hasText: 'Looked at the string twa_' })).toBeVisible();

  // The list finds it by its string, which never stands in the address.
  await open(admin, '/administrator/tokens');
  await admin.getByLabel('Search API tokens').fill(secret);
  await expect(tokenRows(admin)).toHaveCount(1);
  await expect(row(admin, name)).toBeVisible();
  expect(decodeURIComponent(admin.url())).not.toContain(secret);
});

test('a rotated token has a new string, and the old one ends with its first use', async ({ admin, world }) => {
  const { secret } = await make(admin, unique('Rotated'));
  const url = world.server.url;
  await admin.getByRole('button', { name: 'Rotate' }).click();
  const dialog = admin.getByRole('dialog');
  await expect(dialog.getByLabel('The old string ends')).toBeVisible();
  await dialog.getByRole('button', { name: 'Rotate' }).click();
  const fresh = await dialog.getByLabel('API Token', { exact: true }).inputValue();
  expect(fresh).toMatch(/^twa_/);
  expect(fresh).not.toBe(secret);
  await admin.keyboard.press('Escape');
  await expect(admin.getByText('The old string opens until')).toBeVisible();

  expect((await call(url, secret, '/api/v1/tokens/self')).status, 'within its grace').toBe(200);
  expect((await call(url, fresh, '/api/v1/tokens/self')).status).toBe(200);
  expect((await call(url, secret, '/api/v1/tokens/self')).status, 'the new one was used').toBe(401);
  await expect(admin.getByText(/^ALARM/)).toBeVisible();

  await admin.getByRole('button', { name: 'Suspend' }).click();
  await expect(admin.getByRole('button', { name: 'Resume' })).toBeVisible();
  expect((await call(url, fresh, '/api/v1/tokens/self')).status).not.toBe(200);
  await admin.getByRole('button', { name: 'Resume' }).click();
  await expect(admin.getByRole('button', { name: 'Suspend' })).toBeVisible();
  expect((await call(url, fresh, '/api/v1/tokens/self')).status).toBe(200);
});

/** A call as any program makes it: no cookie, no page. */
function call(url: string, secret: string, path: string): Promise<Response> {
  return fetch(`${url}${path}`, { headers: { Authorization: `Bearer ${secret}` } });
}

/** Makes a token and goes to its page. */
async function make(page: Page, name: string): Promise<{ secret: string }> {
  await open(page, '/administrator/tokens');
  await page.getByRole('button', { name: 'New API token' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Token Name').fill(name);
  await dialog.getByRole('button', { name: 'Save' }).click();
  const secret = await dialog.getByLabel('API Token', { exact: true }).inputValue();
  await dialog.getByRole('link', { name: 'Go to the token' }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await hydrated(page);
  return { secret };
}

function tokenRows(page: Page) {
  return page.locator('tbody').getByRole('row').filter({ has: page.getByRole('button', { name: /^Edit or delete/ }) });
}
