// A token's page answers whether it works: how often it was used on which days, by whom, and what else happened to it.
import { readFile } from 'node:fs/promises';
import { findsNothing } from '../../world/axe';
import { expect, test } from '../../world/test';
import { givenCollection, givenToken } from '../../world/given';
import { open, redeem, unique } from '../../world/pages';

test('uses are drawn and listed, who used it leads to their report, and all of it is a table', async ({ admin, visitor }) => {
  const collection = unique('Onboarding');
  await givenCollection(admin, collection);
  const { link, path } = await givenToken(admin, { name: unique('Everybody'), collection });
  await open(admin, path);
  await expect(admin.getByText('It was not used in the last 90 days.')).toBeVisible();

  const person = unique('Mere Kahu');
  await redeem(visitor, link, { name: person, email: `${unique('mere').replace(' ', '.')}@example.org` });
  // The page was open all the time.
  const drawing = admin.getByRole('img', { name: 'Uses per day in the last 90 days: 1 in all' });
  await expect(drawing).toBeVisible();
  await admin.getByText('As a table').click();
  await expect(admin.getByRole('table', { name: 'Uses per day' }).getByRole('row')).toHaveCount(2);
  await findsNothing(admin, 'the page of a single token that was used');

  const waiting = admin.waitForEvent('download');
  await admin.getByRole('link', { name: 'Export uses' }).click();
  const table = await readFile(await (await waiting).path(), 'utf8');
  expect(table).toContain(`1,${person},`);

  await admin.locator('summary', { hasText: 'History' }).click();
  await expect(admin.locator('.history li').first()).toBeVisible();
  await admin.getByRole('table', { name: 'Who used it' }).getByRole('link', { name: person }).click();
  await expect(admin.getByRole('heading', { name: person })).toBeVisible();
});
