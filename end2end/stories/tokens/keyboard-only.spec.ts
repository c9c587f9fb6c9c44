import { expect, test } from '../../world/test';
import { givenCollection } from '../../world/given';
import { open, row, unique } from '../../world/pages';

test('a token is made, found and shared without a pointer', async ({ admin }) => {
  const collection = unique('Onboarding');
  await givenCollection(admin, collection);
  await open(admin, '/tokens');

  const create = admin.getByRole('button', { name: 'Create Token', exact: true }).first();
  await tabTo(admin, create);
  await admin.keyboard.press('Enter');
  const dialog = admin.getByRole('dialog');
  const nameField = dialog.getByLabel('Name', { exact: true });
  await expect(nameField).toBeFocused();
  const name = unique('By keys');
  await admin.keyboard.type(name);
  const choice = dialog.getByRole('combobox', { name: 'Collection' });
  await tabTo(admin, choice);
  await admin.keyboard.type(collection);
  await expect(choice.locator('option:checked')).toHaveText(collection);
  await nameField.press('Enter');
  await expect(admin.getByRole('dialog').getByRole('button', { name: 'Copy link' })).toBeFocused();
  await admin.keyboard.press('Escape');
  await expect(admin.getByRole('dialog')).toHaveCount(0);
  await expect(create, 'focus goes back to where it began').toBeFocused();
  await expect(row(admin, name)).toBeVisible();

  await admin.keyboard.press('/');
  await expect(admin.getByLabel('Search tokens')).toBeFocused();
  await admin.keyboard.type(name);
  await expect(admin.locator('tbody').getByRole('row')).toHaveCount(1);

  const share = row(admin, name).getByRole('button', { name: /^Share/ });
  await tabTo(admin, share);
  await admin.keyboard.press('Enter');
  await expect(admin.getByRole('dialog').getByRole('button', { name: 'Copy link' })).toBeVisible();
  await admin.keyboard.press('Escape');
  await expect(admin.getByRole('dialog')).toBeHidden();
  await expect(share, 'focus goes back where it came from').toBeFocused();
});

async function tabTo(page: import('@playwright/test').Page, target: import('@playwright/test').Locator) {
  for (let presses = 0; presses < 60; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('sixty presses of Tab do not lead there');
}
