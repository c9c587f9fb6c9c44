import { expect, test } from '../../world/test';
import { givenCollection, givenToken } from '../../world/given';
import { open, row, unique } from '../../world/pages';

test('a page says that the server is away, and catches up when it is back', async ({ admin, world }) => {
  const collection = unique('Onboarding');
  await givenCollection(admin, collection);
  await open(admin, '/tokens');
  const badge = admin.getByText('Away from the server');
  await expect(badge).toHaveCount(0);

  await world.server.interrupt(async () => {
    await expect(badge).toBeVisible();
    await expect(admin.getByRole('table', { name: 'Tokens' }), 'what was there stays there').toBeVisible();
    // The page stays away a little longer than the server, so that something happens without it.
    await admin.route('**/events', (route) => route.abort('connectionrefused'));
  });
  const name = unique('Made meanwhile');
  await givenToken(admin, { name, collection });
  await expect(badge).toBeVisible();
  await expect(row(admin, name)).toHaveCount(0);

  await admin.unroute('**/events');
  await expect(badge).toBeHidden();
  await expect(row(admin, name)).toBeVisible();
});
