// The side bar leads everywhere, and each section's part of the Wasm comes when somebody goes there.
import type { Page } from '@playwright/test';
import { expect, test } from '../../world/test';
import { hydrated, open } from '../../world/pages';

const PLACES = [
  { link: 'Collections', path: '/collections', part: 'collections', heading: 'Collections' },
  { link: 'People', path: '/people', part: 'people', heading: 'People' },
  { link: 'API tokens', path: '/administrator/tokens', part: 'api_tokens', heading: 'API tokens' },
  { link: 'Settings', path: '/organisation', part: 'organisation', heading: 'Organisation' },
  { link: 'Tokens', path: '/tokens', part: 'tokens', heading: 'Token Manager' },
];

test('parts are loaded when they are needed, and once', async ({ admin }) => {
  const loaded = parts(admin);
  await open(admin, '/tokens');
  await expect.poll(() => [...loaded].sort(), { message: 'the first load, and the dialogs behind it' }).toEqual(['dialogs', 'extras', 'kit', 'tokens', 'tokenwright']);
  for (const { link, path, part, heading } of [...PLACES, ...PLACES]) {
    await side(admin).getByRole('link', { name: link, exact: true }).click();
    await expect(admin.getByRole('heading', { level: 1, name: heading })).toBeVisible();
    await expect(admin).toHaveURL(path);
    await expect(side(admin).locator('[aria-current="page"]')).toHaveText(link);
    expect(loaded).toContain(part);
  }
  expect(new Set(loaded).size, `each once: ${loaded}`).toBe(loaded.length);
});

test('each section is opened directly, with its part named in the head', async ({ admin }) => {
  for (const { path, part, heading } of [...PLACES, { path: '/account', part: 'account', heading: 'Your account' }]) {
    await open(admin, path);
    await expect(admin.getByRole('heading', { level: 1, name: heading })).toBeVisible();
    const named = await admin.locator('link[rel="preload"][as="fetch"]').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
    expect(named.some((href) => href?.includes(`/${part}.`)), `${named}`).toBe(true);
  }
});

test('what the server rendered is not asked for again', async ({ admin }) => {
  const asked: string[] = [];
  admin.on('request', (request) => {
    if (request.url().includes('/rpc/')) asked.push(new URL(request.url()).pathname);
  });
  for (const path of ['/organisation', '/account']) {
    await open(admin, path);
    await admin.waitForTimeout(500);
  }
  expect(asked).toEqual([]);
});

test('a part that is gone after an upgrade is asked of the server as a whole page', async ({ admin }) => {
  await open(admin, '/tokens');
  let tries = 0;
  await admin.route(/\/pkg\/people\./, async (route) => {
    tries += 1;
    // An upgraded server has no such file; what the whole page names comes.
    await (tries === 1 ? route.fulfill({ status: 200, contentType: 'application/wasm', body: 'gone' }) : route.continue());
  });
  await admin.evaluate(() => Object.assign(window, { before: true }));
  await side(admin).getByRole('link', { name: 'People' }).dispatchEvent('click');
  await expect(admin.getByRole('heading', { level: 1, name: 'People' })).toBeVisible();
  await hydrated(admin);
  expect(await admin.evaluate(() => 'before' in window), 'the page was loaded anew').toBe(false);
  expect(tries).toBeGreaterThan(1);
});

test('the keyboard goes through the frame: skip link, menu of the account, side bar', async ({ admin }) => {
  await open(admin, '/tokens');
  await admin.keyboard.press('Tab');
  await expect(admin.getByRole('link', { name: 'Skip to the page' })).toBeFocused();
  await admin.keyboard.press('Enter');
  await expect(admin.locator('main')).toBeFocused();
  await side(admin).getByRole('link', { name: 'People' }).focus();
  await admin.keyboard.press('Enter');
  await expect(admin.getByRole('heading', { level: 1, name: 'People' })).toBeVisible();
});

test('Tokens stands at the far right of the top bar', async ({ admin }) => {
  await open(admin, '/people');
  const bar = admin.getByRole('banner');
  const tokens = bar.getByRole('link', { name: 'Tokens', exact: true });
  const box = (await tokens.boundingBox())!;
  expect(box.x).toBeGreaterThan(1280 - 200);
  await tokens.click();
  await expect(admin.getByRole('heading', { level: 1, name: 'Token Manager' })).toBeVisible();
});

test('between phone and desk the side bar has pictures alone', async ({ admin }) => {
  await admin.setViewportSize({ width: 820, height: 1100 });
  await open(admin, '/tokens');
  expect((await side(admin).boundingBox())!.width).toBeLessThan(60);
  await expect(side(admin).getByRole('link', { name: 'Collections' })).toBeVisible();
  expect(await admin.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(820);
});

function side(page: Page) {
  return page.getByRole('navigation', { name: 'Sections' });
}

/** The names of the parts that the page loads from now on. */
function parts(page: Page): string[] {
  const loaded: string[] = [];
  page.on('request', (request) => {
    const name = /\/pkg\/(\w+)\.\w+\.wasm$/.exec(request.url())?.[1];
    if (name) loaded.push(name);
  });
  return loaded;
}
