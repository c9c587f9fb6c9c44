import { expect, test } from '../../world/test';
import { givenCollection, givenToken } from '../../world/given';
import { cell, createToken, linkOf, open, redeem, row, unique } from '../../world/pages';

test('a single token is shared, redeemed in a second browser, and its uses grow before the admin’s eyes', async ({ admin, visitor, another }) => {
  const collection = unique('Onboarding');
  await givenCollection(admin, collection);
  const name = unique('Spring intake');
  await createToken(admin, { name, type: 'Single Token', limit: 2, collection });
  await expect(await cell(admin, name, 'Uses')).toHaveText(/^0/);
  await expect(await cell(admin, name, 'Remaining')).toHaveText(/^2/);

  const link = await linkOf(admin, name);
  expect(new URL(link).pathname).toMatch(/^\/t\/[0-9A-Z-]+$/i);
  await redeem(visitor, link, { name: 'Tama Rangi', email: `${unique('tama').replace(' ', '.')}@example.org` });
  await expect(visitor).toHaveURL(/\/my\//);
  await expect(visitor.getByRole('heading', { name: collection })).toBeVisible();

  // Nothing was reloaded: the list follows by itself, within a second.
  await expect(await cell(admin, name, 'Uses')).toHaveText(/^1/, { timeout: 2_000 });
  await expect(await cell(admin, name, 'Remaining')).toHaveText(/^1/);

  // The same person again spends nothing.
  await visitor.goto(link);
  await expect(visitor.getByRole('button', { name: 'Get access' })).toHaveCount(0);

  const second = await another();
  await redeem(second, link, { name: 'Mere Kahu', email: `${unique('mere').replace(' ', '.')}@example.org` });
  await expect(second).toHaveURL(/\/my\//);

  // The last use is spent: the next one is told so, and the token is in the other list.
  const third = await another();
  await third.goto(link);
  await expect(third.getByRole('button', { name: 'Get access' })).toHaveCount(0);
  await expect(third.getByRole('heading', { name: /used/ })).toBeVisible();
  await open(admin, '/tokens?list=expired');
  await expect(await cell(admin, name, 'Uses')).toHaveText(/^2/);
});

test('looking at a link spends nothing, however often and by whatever means', async ({ admin, request }) => {
  const collection = unique('House rules');
  await givenCollection(admin, collection);
  const name = unique('Front desk');
  const { link } = await givenToken(admin, { name, limit: 1, collection });
  await request.get(link);
  await request.head(link);
  await request.fetch(link, { method: 'OPTIONS' });
  await request.get(link, { headers: { 'Sec-Purpose': 'prefetch', Purpose: 'prefetch' } });
  await open(admin, '/tokens');
  await expect(row(admin, name)).toBeVisible();
  await expect(await cell(admin, name, 'Uses')).toHaveText(/^0/);
});
