import type { Page } from '@playwright/test';
import { expect, test } from '../../world/test';
import { findsNothing } from '../../world/axe';
import { hydrated, open, row, unique } from '../../world/pages';

const POLICY = '/administrator/tokens/policy';

test('a policy says what it would do, is kept, and destroys nothing', async ({ admin, world }) => {
  const name = unique('Endless');
  const secret = await make(admin, name, 'never');
  await open(admin, '/administrator/tokens');
  await admin.getByRole('navigation', { name: 'Tokens' }).getByRole('link', { name: 'Policy' }).click();
  await expect(admin.getByRole('heading', { level: 1, name: 'Policy for API tokens' })).toBeVisible();
  await findsNothing(admin, 'the policy for API tokens');

  // What does not fit is said at its field, and nothing that was typed is lost.
  await admin.getByLabel('Longest lifetime in days').fill('30');
  await admin.getByLabel('Default lifetime in days').fill('400');
  await admin.getByRole('button', { name: 'Save' }).click();
  await expect(admin.getByLabel('Default lifetime in days')).toHaveAttribute('aria-invalid', 'true');
  await expect(admin.getByLabel('Longest lifetime in days')).toHaveValue('30');
  await admin.getByLabel('Default lifetime in days').fill('30');
  await expect(admin.getByText(/active tokens? do(es)? not fit this/)).toBeVisible();
  await expect(admin.getByLabel('Tokens may live for ever')).toBeDisabled();
  await admin.getByRole('button', { name: 'Save' }).click();
  await expect(admin.getByText('Saved. It holds from the next request of every token on.')).toBeVisible();
  expect((await self(world.server.url, secret)).status).toBe(403);

  await admin.getByRole('link', { name: 'Show them' }).click();
  await expect(row(admin, name)).toBeVisible();
  await expect(admin.getByLabel('Refused by the policy', { exact: true })).toBeChecked();
  await row(admin, name).getByRole('link', { name }).click();
  await expect(admin.getByText("It lives longer than the organisation's policy allows.")).toBeVisible();

  await open(admin, POLICY);
  await expect(admin.getByLabel('Longest lifetime in days')).toHaveValue('30');
  await admin.getByLabel('Longest lifetime in days').fill('');
  await admin.getByLabel('Default lifetime in days').fill('90');
  await admin.getByLabel('Tokens may live for ever').check();
  await admin.getByRole('button', { name: 'Save' }).click();
  await expect(admin.getByText('Saved.', { exact: false })).toBeVisible();
  expect((await self(world.server.url, secret)).status, 'it opens again').toBe(200);
});

test('where strings are shown once, a token has none to show', async ({ admin }) => {
  await showOnce(admin, true);
  const name = unique('Shown once');
  await open(admin, '/administrator/tokens');
  await admin.getByRole('button', { name: 'New API token' }).first().click();
  const dialog = admin.getByRole('dialog');
  await dialog.getByLabel('Token Name').fill(name);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByLabel('API Token', { exact: true })).toHaveValue(/^twa_/);

  // The call of the command, from here: what comes back stands under it.
  await dialog.getByRole('button', { name: 'Try it' }).click();
  await expect(dialog.getByText('200: the token works.')).toBeVisible();
  await expect(dialog.getByRole('group', { name: 'Answer' })).toContainText(name);
  await findsNothing(admin, 'a call that was tried');

  await dialog.getByRole('link', { name: 'Go to the token' }).click();
  await expect(admin.getByRole('heading', { level: 1, name })).toBeVisible();
  await hydrated(admin);
  await expect(admin.getByRole('button', { name: 'Show token' })).toHaveCount(0);
  await expect(admin.getByRole('button', { name: 'Try it' })).toHaveCount(0);
  const networks = admin.locator('section').filter({ has: admin.getByRole('heading', { name: 'Last networks' }) });
  await expect(networks.getByRole('listitem')).toHaveCount(1);
  await showOnce(admin, false);
});

test('the list is ordered by user and by department, and the order stands in the address', async ({ admin }) => {
  await open(admin, '/administrator/tokens');
  await admin.getByRole('columnheader', { name: 'User', exact: true }).getByRole('button').click();
  await expect(admin).toHaveURL(/order=user/);
  await expect(admin.getByRole('columnheader', { name: 'User', exact: true })).toHaveAttribute('aria-sort', 'ascending');
  await admin.getByLabel('Order').selectOption({ label: 'Department, Z to A' });
  await expect(admin).toHaveURL(/order=-department/);
  await admin.reload();
  await expect(admin.getByLabel('Order').locator('option:checked')).toHaveText('Department, Z to A');
});

test('mobile users are ordered and narrowed by everything a session has', async ({ admin }) => {
  await open(admin, '/administrator/tokens/mobile');
  for (const label of ['Order', 'Show']) {
    await expect(admin.getByLabel(label, { exact: true })).toBeVisible();
  }
  await admin.getByRole('button', { name: 'Filter', exact: true }).click();
  for (const label of ['State', 'User Type', 'App', 'Expires within']) {
    await expect(admin.getByLabel(label, { exact: true })).toBeVisible();
  }
  await admin.keyboard.press('Escape');
  await findsNothing(admin, 'Mobile Users Logged In');
  await admin.getByLabel('Order').selectOption({ label: 'Active most recently' });
  await expect(admin).toHaveURL(/order=-last-active/);
  await admin.getByRole('button', { name: 'Filter', exact: true }).click();
  await admin.getByLabel('State', { exact: true }).selectOption({ label: 'Revoked' });
  await expect(admin).toHaveURL(/list=ended/);
  await admin.keyboard.press('Escape');
  await expect(admin.getByLabel('Show').locator('option:checked')).toHaveText('Signed out');
  await admin.getByRole('button', { name: 'Clear filters' }).click();
  await expect(admin).not.toHaveURL(/state=/);
});

async function showOnce(page: Page, on: boolean): Promise<void> {
  await open(page, POLICY);
  await page.getByLabel('Show each string once, when it is made').setChecked(on);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved. It holds from the next request of every token on.')).toBeVisible();
}

/** Makes a token as the page itself could: over the API, with the session of whoever is signed in. */
async function make(page: Page, name: string, expires: string): Promise<string> {
  await open(page, '/administrator/tokens');
  return page.evaluate(
    async ({ name, expires }) => {
      const answer = await fetch('/api/v1/api-tokens', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name, expires }),
      });
      if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
      return ((await answer.json()) as { token: string }).token;
    },
    { name, expires },
  );
}

function self(url: string, secret: string): Promise<Response> {
  return fetch(`${url}/api/v1/tokens/self`, { headers: { Authorization: `Bearer ${secret}` } });
}
