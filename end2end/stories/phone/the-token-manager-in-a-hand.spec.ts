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

test('many tokens are suspended on a phone: the bar stands below the list, and the message above the bar', async ({ admin }) => {
  const collection = unique('Onboarding');
  await givenCollection(admin, collection);
  const monday = unique('Monday');
  const names = [monday, unique('Tuesday')];
  for (const name of names) await createToken(admin, { name, collection });
  for (const name of names) await row(admin, name).getByLabel(`Choose ${name}`).check();
  const bar = admin.locator('.chosen');
  await expect(bar).toContainText('2 chosen');
  const around = await bar.boundingBox();
  expect(around?.width, 'it is as wide as the screen').toBe(390);
  expect(around?.height, 'it leaves room for the list').toBeLessThan(200);
  await bar.getByRole('button', { name: 'Suspend', exact: true }).click();
  await admin.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click();
  await expect(admin.getByText('2 tokens were suspended.')).toBeVisible();

  await row(admin, monday).getByLabel(`Choose ${monday}`).check();
  const message = await admin.locator('.toast').last().boundingBox();
  expect((message?.y ?? 0) + (message?.height ?? 0), 'the message covers no button').toBeLessThanOrEqual((await bar.boundingBox())?.y ?? 0);
  await admin.getByRole('button', { name: 'Undo' }).click();
  for (const name of names) await expect(row(admin, name)).toContainText('Live');
});
