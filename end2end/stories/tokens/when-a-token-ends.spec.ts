import { expect, test } from '../../world/test';
import { givenCollection } from '../../world/given';
import { day, fillInToken, open, unique } from '../../world/pages';

test('a usual end is a press away, and a token without one says so', async ({ admin }) => {
  const collection = unique('Onboarding');
  await givenCollection(admin, collection);
  await open(admin, '/tokens');
  const dialog = await fillInToken(admin, { name: unique('For a while'), collection });
  const warning = dialog.getByText('It never ends by itself');
  await expect(warning).toBeVisible();
  await dialog.getByRole('button', { name: '30 days' }).click();
  await expect(dialog.getByLabel('Expires')).toHaveValue(day(30));
  await expect(dialog.getByRole('button', { name: '30 days' })).toHaveAttribute('aria-pressed', 'true');
  await expect(warning).toHaveCount(0);
  await dialog.getByRole('button', { name: 'Never' }).click();
  await expect(dialog.getByLabel('Expires')).toHaveValue('');
  await expect(warning).toBeVisible();
});
