import { expect, test } from '../../world/test';
import { findsNothing } from '../../world/axe';
import { open } from '../../world/pages';

test('on a phone, sections are in a sheet, and Tokens stays in the bar', async ({ admin }) => {
  await open(admin, '/people');
  await expect(admin.getByRole('banner').getByRole('link', { name: 'Tokens', exact: true })).toBeVisible();
  const sheet = admin.getByRole('navigation', { name: 'Sections' });
  await expect(sheet).toBeHidden();
  await admin.getByRole('button', { name: 'Menu' }).click();
  await expect(sheet).toBeVisible();
  await findsNothing(admin, 'the sheet of sections');
  await sheet.getByRole('link', { name: 'Collections' }).click();
  await expect(admin.getByRole('heading', { level: 1, name: 'Collections' })).toBeVisible();
  await expect(sheet).toBeHidden();

  await admin.getByRole('button', { name: 'Menu' }).click();
  await admin.keyboard.press('Escape');
  await expect(sheet).toBeHidden();
  await expect(admin.getByRole('button', { name: 'Menu' })).toBeFocused();
});
