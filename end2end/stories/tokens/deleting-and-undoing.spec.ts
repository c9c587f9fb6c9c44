import { expect, test } from '../../world/test';
import { givenCollection, givenToken } from '../../world/given';
import { open, pencil, row, unique } from '../../world/pages';

test('a deleted token opens nothing, and Undo brings it back as it was', async ({ admin, visitor }) => {
  const collection = unique('Onboarding');
  await givenCollection(admin, collection);
  const name = unique('By mistake');
  const { link } = await givenToken(admin, { name, collection });
  await open(admin, '/tokens');

  await pencil(admin, name, 'Delete');
  await expect(row(admin, name)).toHaveCount(0);
  await visitor.goto(link);
  await expect(visitor.getByRole('button', { name: 'Get access' })).toHaveCount(0);

  await admin.getByRole('button', { name: 'Undo' }).click();
  await expect(row(admin, name)).toBeVisible();
  await visitor.goto(link);
  await expect(visitor.getByRole('button', { name: 'Get access' })).toBeVisible();
});
