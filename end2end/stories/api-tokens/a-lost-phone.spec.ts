import type { Page } from '@playwright/test';
import { expect, test } from '../../world/test';
import { findsNothing } from '../../world/axe';
import { MobileApp } from '../../world/mobile';
import { open, row, unique } from '../../world/pages';

const SELF = '/api/v1/me/sessions';

test('a phone that was lost is wiped: the app is told at its next call, and says when it is done', async ({ admin, world }) => {
  const device = unique('Pixel 9');
  const app = await MobileApp.signIn(admin, world.server.url, unique('Harbour'), { device, app: 'Harbour 3.2', system: 'Android 16' });
  expect((await app.call(SELF)).status).toBe(200);

  await toItsPage(admin, device);
  const terms = await admin.locator('dl.facts dt').allInnerTexts();
  for (const label of ['User Name', 'Email', 'Department', 'User Type', 'Last Active', 'Expiry Date', 'Device', 'App', 'System']) {
    expect(terms).toContain(label);
  }
  await expect(admin.locator('dl.facts')).toContainText('Harbour 3.2');
  await expect(admin.locator('dl.facts')).toContainText('Android 16');
  await findsNothing(admin, 'a mobile session');

  await admin.getByRole('button', { name: 'Wipe', exact: true }).click();
  const dialog = admin.getByRole('dialog');
  await expect(dialog).toContainText('is told at its next call to remove everything');
  await dialog.getByRole('button', { name: 'Wipe', exact: true }).click();
  await expect(admin.getByText('Wipe pending')).toBeVisible();

  // The app asks, is told, does it, and says so. The page hears it without being loaded again.
  const told = await app.call(SELF);
  expect(told.status).toBe(401);
  expect(await told.json()).toMatchObject({ code: 'wipe-requested' });
  expect(await (await app.refresh()).json()).toMatchObject({ wipe: true });
  expect((await app.wiped()).ok).toBe(true);
  await expect(admin.getByText('Wiped', { exact: true })).toBeVisible();
  await expect(admin.getByRole('button', { name: 'Wipe', exact: true })).toHaveCount(0);
  expect((await app.refresh()).status, 'and nothing opens any more').toBe(400);
});

test('somebody is signed out of an app, from the next request on, and goes on in the others', async ({ admin, world }) => {
  const [one, other] = [unique('Tablet'), unique('Phone')];
  const name = unique('Harbour');
  const tablet = await MobileApp.signIn(admin, world.server.url, name, { device: one, app: 'Harbour 3.2', system: 'iPadOS 20' });
  const phone = await MobileApp.signIn(admin, world.server.url, unique('Library'), { device: other, app: 'Library 1', system: 'Android 16' });

  await toItsPage(admin, one);
  await admin.getByRole('button', { name: 'Sign out', exact: true }).click();
  await admin.getByRole('dialog').getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(admin.getByText('Signed out.')).toBeVisible();
  await expect(admin.getByRole('button', { name: 'Sign out', exact: true })).toHaveCount(0);
  expect((await tablet.call(SELF)).status).toBe(401);
  expect((await tablet.refresh()).status).toBe(400);
  expect((await phone.call(SELF)).status).toBe(200);
  expect((await phone.refresh()).status).toBe(200);
  expect((await phone.call(SELF)).status).toBe(200);

  await open(admin, '/administrator/tokens/mobile');
  await expect(row(admin, other)).toBeVisible();
  await expect(row(admin, one)).toHaveCount(0);
  await admin.getByLabel('Show', { exact: true }).selectOption({ label: 'Signed out' });
  await expect(row(admin, one)).toBeVisible();

  // And everywhere at once.
  await toItsPage(admin, other);
  await admin.getByRole('button', { name: 'Sign out everywhere' }).click();
  await admin.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click();
  await expect(admin.getByText(/^Signed out of \d+ apps?\.$/)).toBeVisible();
  expect((await phone.call(SELF)).status).toBe(401);
});

/** Opens the page of the session on a device. */
async function toItsPage(page: Page, device: string): Promise<void> {
  await open(page, '/administrator/tokens/mobile');
  await row(page, device).getByRole('link').first().click();
  await expect(page.getByText('Mobile session', { exact: true })).toBeVisible();
  await expect(page.locator('dl.facts')).toContainText(device);
}
