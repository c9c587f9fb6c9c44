import { expect, test } from '../../world/test';
import { givenCollection, givenToken } from '../../world/given';
import { open, row, unique } from '../../world/pages';

test('what the pencil offers: suspend and resume with a way back, revoke for good after a question', async ({ admin, visitor }) => {
  const collection = unique('Onboarding');
  await givenCollection(admin, collection);
  const name = unique('Pilot');
  const { link } = await givenToken(admin, { name, collection });
  await open(admin, '/tokens');
  const choose = async (entry: string) => {
    await row(admin, name).getByRole('button', { name: `Edit or delete ${name}` }).click();
    await admin.getByRole('button', { name: entry, exact: true }).click();
  };

  await choose('Suspend');
  await expect(row(admin, name)).toContainText('Suspended');
  await visitor.goto(link);
  await expect(visitor.getByRole('button', { name: 'Get access' })).toHaveCount(0);
  await choose('Resume');
  await visitor.reload();
  await expect(visitor.getByRole('button', { name: 'Get access' })).toBeVisible();

  // Escape is no answer, and Cancel neither.
  const dialog = admin.getByRole('dialog');
  await choose('Revoke');
  await expect(dialog).toContainText('This cannot be undone');
  await admin.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await choose('Revoke');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(row(admin, name)).toBeVisible();

  await choose('Revoke');
  await dialog.getByRole('button', { name: 'Revoke', exact: true }).click();
  await expect(row(admin, name)).toHaveCount(0);
  await visitor.goto(link);
  await expect(visitor.getByRole('heading', { name: /We don.t know this link/ })).toBeVisible();

  await open(admin, '/tokens?list=expired');
  await expect(row(admin, name)).toContainText('Revoked');
  await row(admin, name).getByRole('button', { name: `Edit or delete ${name}` }).click();
  await expect(admin.getByRole('button', { name: 'Delete', exact: true })).toBeVisible();
  await expect(admin.getByRole('button', { name: 'Revoke', exact: true })).toHaveCount(0);
});
