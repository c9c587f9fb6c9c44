import type { Page } from '@playwright/test';
import { expect, test } from '../../world/test';
import { findsNothing } from '../../world/axe';
import { MobileApp } from '../../world/mobile';
import { open, row, unique } from '../../world/pages';

test('on a phone an API token is made, found, suspended and deleted', async ({ admin, world }) => {
  const name = unique('On the way');
  await open(admin, '/administrator/tokens');
  await fits(admin);
  await admin.getByRole('button', { name: 'New API token' }).first().click();
  const dialog = admin.getByRole('dialog');
  await dialog.getByLabel('Token Name').fill(name);
  await fits(admin);
  await findsNothing(admin, 'New API token on a phone');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const secret = await dialog.getByLabel('API Token', { exact: true }).inputValue();
  await fits(admin);
  const self = () => fetch(`${world.server.url}/api/v1/tokens/self`, { headers: { Authorization: `Bearer ${secret}` } });
  expect((await self()).status).toBe(200);

  await dialog.getByRole('link', { name: 'Go to the token' }).click();
  await expect(admin.getByRole('heading', { level: 1, name })).toBeVisible();
  await fits(admin);
  await findsNothing(admin, 'an API token on a phone');
  await admin.getByRole('button', { name: 'Suspend' }).click();
  await expect(admin.getByRole('button', { name: 'Resume' })).toBeVisible();
  expect((await self()).status).toBe(401);

  await open(admin, '/administrator/tokens');
  await expect(row(admin, name)).toContainText('Suspended');
  await row(admin, name).getByLabel(`Choose ${name}`).check();
  await admin.getByRole('button', { name: 'Delete', exact: true }).click();
  await fits(admin);
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(admin.getByText(`“${name}” was deleted. It opens nothing any more.`)).toBeVisible();
  await expect(row(admin, name)).toHaveCount(0);
});

test('on a phone one sees who is signed in in an app, and signs them out', async ({ admin, world }) => {
  const device = unique('Pixel 9');
  const app = await MobileApp.signIn(admin, world.server.url, unique('Harbour'), { device, app: 'Harbour 3.2', system: 'Android 16' });
  await open(admin, '/administrator/tokens/mobile');
  await expect(row(admin, device)).toBeVisible();
  await fits(admin);
  await findsNothing(admin, 'Mobile Users Logged In on a phone');
  await row(admin, device).getByRole('link').first().click();
  await expect(admin.locator('dl.facts')).toContainText(device);
  await fits(admin);
  await findsNothing(admin, 'a mobile session on a phone');
  await admin.getByRole('button', { name: 'Sign out', exact: true }).click();
  await admin.getByRole('dialog').getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(admin.getByText('Signed out.')).toBeVisible();
  expect((await app.call('/api/v1/me/sessions')).status).toBe(401);
});

async function fits(page: Page): Promise<void> {
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width, `${page.url()} fits`).toBeLessThanOrEqual(390);
}
