// Back comes back to a list as it was left: what was asked for, the rows that were read, and the place among them.
import type { Page } from '@playwright/test';
import { expect, test } from '../../world/test';
import { givenCollection, givenToken } from '../../world/given';
import { hydrated, open, row, unique } from '../../world/pages';

test('Back restores the search, the rows that were read and the place', async ({ admin }) => {
  const collection = unique('Onboarding');
  await givenCollection(admin, collection);
  const name = unique('Long list');
  await givenToken(admin, { name, type: 'Multi Token', count: 300, collection });
  await open(admin, '/tokens');
  await row(admin, name).getByRole('link', { name: 'Manage Tokens' }).click();
  await expect(admin.getByRole('table', { name: 'Codes' })).toBeVisible();
  const show = admin.getByLabel('Show', { exact: true });
  const kept = await show.locator('option').nth(1).getAttribute('value');
  await admin.getByRole('button', { name: 'Filter', exact: true }).click();
  await show.selectOption(kept);
  await admin.keyboard.press('Escape');
  await expect(admin).toHaveURL(/\?/);
  const address = admin.url();

  await scrollTo(admin, 7_000);
  const place = await admin.evaluate(() => scrollY);
  expect(place).toBeGreaterThan(6_000);

  await test.step('after a link', async () => {
    await admin.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Collections' }).click();
    await expect(admin.getByRole('heading', { level: 1, name: 'Collections' })).toBeVisible();
    expect(await admin.evaluate(() => scrollY), 'another page begins at its top').toBe(0);
    await admin.goBack();
    await isBack(admin, address, place);
    await expect(show).toHaveValue(kept ?? '');
  });

  await test.step('after a page of another site, and after a reload', async () => {
    await admin.goto('about:blank');
    await admin.goBack();
    await hydrated(admin);
    await isBack(admin, address, place);
    await admin.reload();
    await hydrated(admin);
    await isBack(admin, address, place);
  });

  await test.step('and nobody who scrolls is pulled back', async () => {
    await admin.mouse.move(600, 400);
    await admin.mouse.wheel(0, -1_000);
    await admin.waitForTimeout(600);
    expect(Math.abs((await admin.evaluate(() => scrollY)) - (place - 1_000))).toBeLessThan(5);
  });
});

async function scrollTo(page: Page, y: number): Promise<void> {
  await page.mouse.move(600, 400);
  for (let tries = 0; tries < 60 && (await page.evaluate(() => scrollY)) < y; tries += 1) {
    await page.mouse.wheel(0, 700);
    await page.waitForTimeout(60);
  }
  await page.waitForTimeout(300);
}

async function isBack(page: Page, address: string, place: number): Promise<void> {
  await expect(page).toHaveURL(address);
  await expect.poll(async () => Math.abs((await page.evaluate(() => scrollY)) - place), { message: 'the place in the list' }).toBeLessThan(5);
}
