import { expect, test } from '../../world/test';
import { givenCollection } from '../../world/given';
import { createToken, open, pencil, row, unique } from '../../world/pages';

test('what one window does, the other shows', async ({ admin, another }) => {
  const collection = unique('Onboarding');
  await givenCollection(admin, collection);
  const other = await another(true);
  await open(other, '/tokens');

  const name = unique('Seen twice');
  await createToken(admin, { name, collection });
  await expect(row(other, name)).toBeVisible({ timeout: 3_000 });

  const renamed = unique('Renamed');
  await pencil(admin, name, 'Edit');
  const dialog = admin.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill(renamed);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(row(other, renamed)).toBeVisible({ timeout: 3_000 });

  await pencil(other, renamed, 'Delete');
  await expect(row(admin, renamed)).toHaveCount(0, { timeout: 3_000 });
});
