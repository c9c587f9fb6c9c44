import { expect, test } from '../../world/test';
import { givenCollection, givenToken } from '../../world/given';
import { chip, createToken, filterBy, hydrated, open, publishCollection, row, unique } from '../../world/pages';

test('search and order stand in the address: back, reload and sharing work', async ({ admin, another }) => {
  const collection = unique('Onboarding');
  await givenCollection(admin, collection);
  const mark = unique('find').split(' ')[1];
  const [alpha, beta, gamma] = ['Alpha', 'Beta', 'Gamma'].map((word) => `${word} ${mark}`);
  for (const name of [beta, gamma, alpha]) await givenToken(admin, { name, collection });
  await open(admin, '/tokens');

  const search = admin.getByLabel('Search tokens');
  await search.pressSequentially(mark, { delay: 20 });
  await expect(admin).toHaveURL(new RegExp(`q=${mark}`));
  await expect(tokenRows(admin)).toHaveCount(3);

  await admin.getByLabel('Order').selectOption({ label: 'Name' });
  await expect.poll(() => order(admin, mark)).toEqual([alpha, beta, gamma]);
  await expect(admin).toHaveURL(/order=name/);

  await admin.reload();
  await hydrated(admin);
  await expect(search).toHaveValue(mark);
  await expect.poll(() => order(admin, mark)).toEqual([alpha, beta, gamma]);

  const shared = await another(true);
  await open(shared, new URL(admin.url()).pathname + new URL(admin.url()).search);
  await expect.poll(() => order(shared, mark)).toEqual([alpha, beta, gamma]);

  await search.fill(alpha);
  await expect(tokenRows(admin)).toHaveCount(1);
  await row(admin, alpha).getByRole('button', { name: /^Share/ }).waitFor();
  await admin.goto('/collections');
  await admin.goBack();
  await hydrated(admin);
  await expect(admin.getByLabel('Search tokens')).toHaveValue(alpha);
  await expect(tokenRows(admin)).toHaveCount(1);
});

test('a filter that is set has a chip that takes it away, and nothing moves', async ({ admin }) => {
  const collection = unique('Onboarding');
  await publishCollection(admin, collection);
  const name = unique('Chip');
  await createToken(admin, { name, collection });
  await open(admin, '/tokens');
  const parts = [admin.getByLabel('Search tokens'), admin.getByRole('button', { name: 'Filter', exact: true }), admin.getByRole('table', { name: 'Tokens' })];
  const places = () => Promise.all(parts.map(async (part) => {
    const box = await part.boundingBox();
    return [box?.x, box?.y, box?.width];
  }));
  const before = await places();
  await filterBy(admin, 'Opens', collection);
  await expect(tokenRows(admin)).toHaveCount(1);
  await filterBy(admin, 'Kind', 'Single Token');
  await expect(chip(admin, 'Single Token')).toBeVisible();
  expect(await places(), 'where everything was').toEqual(before);
  await chip(admin, 'Single Token').press('Enter');
  await expect(chip(admin, 'Single Token')).toHaveCount(0);
  await expect(admin).not.toHaveURL(/type=/);
  await chip(admin, collection).click();
  await expect(admin).toHaveURL(/\/tokens$/);
  expect(await places(), 'where everything was').toEqual(before);
});

test('a token is found by its collection and by its code; nothing found says so', async ({ admin }) => {
  const collection = unique('Rarely');
  await givenCollection(admin, collection);
  const name = unique('Volunteers');
  await givenToken(admin, { name, collection });
  await open(admin, '/tokens');
  const search = admin.getByLabel('Search tokens');

  await search.fill(collection);
  await expect(tokenRows(admin)).toHaveCount(1);

  await row(admin, name).getByRole('button', { name: /^Share/ }).click();
  const link = await admin.getByRole('dialog').getByLabel('Link', { exact: true }).inputValue();
  await admin.keyboard.press('Escape');
  await search.fill(link.split('/t/')[1]);
  await expect(tokenRows(admin)).toHaveCount(1);
  await expect(row(admin, name)).toBeVisible();

  await search.fill('no token is called that');
  await expect(tokenRows(admin)).toHaveCount(0);
  await admin.getByRole('button', { name: /Clear/ }).or(admin.getByRole('link', { name: /Clear/ })).first().click();
  await expect(search).toHaveValue('');
  await expect(row(admin, name)).toBeVisible();
});

test('a whole code or link finds its token, and never stands in the address', async ({ admin }) => {
  const collection = unique('Rarely');
  await givenCollection(admin, collection);
  const name = unique('Volunteers');
  const { link } = await givenToken(admin, { name, collection });
  await open(admin, '/tokens');
  const code = link.split('/t/')[1];
  const addresses: string[] = [];
  admin.on('framenavigated', (frame) => addresses.push(frame.url()));
  admin.on('request', (request) => addresses.push(request.url()));

  const search = admin.getByLabel('Search tokens');
  for (const typed of [code, link, code.toLowerCase().replaceAll('-', ' ')]) {
    await search.fill('no token is called that');
    await expect(tokenRows(admin)).toHaveCount(0);
    await search.fill(typed);
    await expect(tokenRows(admin)).toHaveCount(1);
    await expect(row(admin, name)).toBeVisible();
    await expect(search).toHaveValue(`${code.slice(0, 4)}…${code.slice(-4)}`);
  }
  await admin.reload();
  await hydrated(admin);
  await expect(tokenRows(admin)).toHaveCount(1);

  // An address that somebody made up is left at once, also by whoever has to sign in first.
  await admin.goto(`/tokens?q=${code}`);
  await expect(admin).toHaveURL(`/tokens?q=${encodeURIComponent(`${code.slice(0, 4)}…${code.slice(-4)}`)}`);
  const told = addresses.filter((address) => !address.endsWith(`/tokens?q=${code}`));
  const compact = (text: string) => decodeURIComponent(text).replace(/[-\s+]/g, '').toUpperCase();
  expect(told.filter((address) => compact(address).includes(compact(code)))).toEqual([]);
});

type Page = import('@playwright/test').Page;

function tokenRows(page: Page) {
  return page.locator('tbody').getByRole('row').filter({ has: page.getByRole('button', { name: /^Edit or delete/ }) });
}

async function order(page: Page, mark: string): Promise<string[]> {
  const texts = await tokenRows(page).allInnerTexts();
  return texts.map((text) => text.match(new RegExp(`(Alpha|Beta|Gamma) ${mark}`))?.[0] ?? text);
}
