import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../../world/test';
import { open, row, unique } from '../../world/pages';

test('an API token is made, found, chosen and deleted without a pointer', async ({ admin, world }) => {
  await open(admin, '/administrator/tokens');
  await tabTo(admin, admin.getByRole('button', { name: 'New API token' }).first());
  await admin.keyboard.press('Enter');
  const dialog = admin.getByRole('dialog');
  await expect(dialog.getByLabel('Token Name')).toBeFocused();
  const name = unique('By keys');
  await admin.keyboard.type(name);
  await admin.keyboard.press('Enter');
  const string = dialog.getByLabel('API Token', { exact: true });
  await expect(string).toHaveValue(/^twa_/);
  const secret = await string.inputValue();
  const self = () => fetch(`${world.server.url}/api/v1/tokens/self`, { headers: { Authorization: `Bearer ${secret}` } });
  expect((await self()).status).toBe(200);
  await admin.keyboard.press('Escape');
  await expect(dialog).toBeHidden();

  await admin.keyboard.press('/');
  await expect(admin.getByLabel('Search API tokens')).toBeFocused();
  await admin.keyboard.type(name);
  await expect(admin).toHaveURL(/q=/);
  await expect(row(admin, name)).toBeVisible();
  const box = row(admin, name).getByLabel(`Choose ${name}`);
  await tabTo(admin, box);
  await admin.keyboard.press('Space');
  await expect(box).toBeChecked();
  await tabTo(admin, admin.getByRole('button', { name: 'Delete', exact: true }));
  await admin.keyboard.press('Enter');
  const final = dialog.getByRole('button', { name: 'Delete', exact: true });
  await expect(final).toBeVisible();
  await tabTo(admin, final);
  await admin.keyboard.press('Enter');
  await expect(row(admin, name)).toHaveCount(0);
  expect((await self()).status).toBe(401);
});

async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('sixty presses of Tab do not lead there');
}
