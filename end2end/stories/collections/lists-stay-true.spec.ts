import type { Page } from '@playwright/test';
import { expect, test } from '../../world/test';
import { givenCollection, givenToken } from '../../world/given';
import { cell, open, redeem, row, unique } from '../../world/pages';

test('the other window shows a changed collection, and asks for its row alone', async ({ admin, another }) => {
  const title = unique('Onboarding');
  await open(admin, await givenCollection(admin, title));
  const other = await another(true);
  await open(other, '/collections');
  await expect(row(other, title)).toBeVisible();
  const asked = await asks(other, 'collections');

  const renamed = unique('Renamed');
  await admin.getByLabel('Title', { exact: true }).fill(renamed);
  await admin.getByRole('button', { name: 'Save', exact: true }).click();

  await expect(row(other, renamed)).toBeVisible({ timeout: 3_000 });
  await expect(row(other, title)).toHaveCount(0);
  expect(asked).toContain('rows');
  expect(asked).not.toContain('list');
});

test('the lists of people and collections show what a use gave', async ({ admin, another, visitor }) => {
  const titles = [unique('Knots'), unique('Charts')];
  const links: string[] = [];
  for (const collection of titles) {
    await givenCollection(admin, collection);
    links.push((await givenToken(admin, { name: unique('Link'), collection })).link);
  }
  const [people, collections] = [await another(true), await another(true)];
  await open(people, '/people');
  await open(collections, '/collections');
  const name = unique('Mere');
  const email = `${name.replace(' ', '.').toLowerCase()}@example.org`;

  await redeem(visitor, links[0], { name, email });
  await expect(row(people, name)).toBeVisible({ timeout: 3_000 });
  await expect(await cell(people, name, 'Collections')).toHaveText('1');
  await expect(await cell(collections, titles[0], 'People')).toHaveText('1', { timeout: 3_000 });

  const asked = await asks(people, 'people');
  await redeem(visitor, links[1], { name, email });
  await expect(await cell(people, name, 'Collections')).toHaveText('2', { timeout: 3_000 });
  await expect(await cell(collections, titles[1], 'People')).toHaveText('1', { timeout: 3_000 });
  expect(asked).toContain('rows');
  expect(asked).not.toContain('list');
});

/** What a page asks of a feature from now on, once it rests. */
async function asks(page: Page, feature: string): Promise<string[]> {
  await page.waitForLoadState('load');
  // The first look after the stream has opened is over by then.
  await page.waitForTimeout(1_500);
  const asked: string[] = [];
  page.on('request', (request) => {
    const [, what] = request.url().split(`/rpc/${feature}/`);
    if (what) asked.push(what);
  });
  return asked;
}
