import { expect, test } from '../../world/test';
import { givenCollection, givenToken } from '../../world/given';
import { createToken, linkOf, open, row, unique } from '../../world/pages';

test('nothing is wider than the phone, and a token is made and shared on it', async ({ admin }) => {
  const collection = unique('Onboarding');
  await givenCollection(admin, collection);
  const name = unique('On the way');
  await givenToken(admin, { name, type: 'Multi Token', count: 2, collection });
  const single = unique('For many');
  await createToken(admin, { name: single, collection });
  expect(await linkOf(admin, single)).toMatch(/\/t\//);

  await row(admin, name).getByRole('link', { name: 'Manage Tokens' }).click();
  await expect(admin.getByRole('button', { name: /^Share/ })).toHaveCount(2);
  await fits(admin);
  for (const path of ['/tokens', '/tokens?list=expired', '/collections', '/people', '/account']) {
    await open(admin, path);
    await fits(admin);
  }
});

async function fits(page: import('@playwright/test').Page) {
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width, `${page.url()} fits`).toBeLessThanOrEqual(390);
}
