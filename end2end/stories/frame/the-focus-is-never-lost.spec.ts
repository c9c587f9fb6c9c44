// Whoever works without a pointer goes on from where they were, whatever went away under them.
import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../../world/test';
import { givenCollection, givenToken } from '../../world/given';
import { open, row, unique } from '../../world/pages';

test('a menu gives the focus back, and a deleted row hands it to the next one', async ({ admin }) => {
  const collection = unique('Onboarding');
  await givenCollection(admin, collection);
  const batch = unique('Focus');
  const [oldest, middle, newest] = ['one', 'two', 'three'].map((which) => `${batch} ${which}`);
  for (const name of [oldest, middle, newest]) await givenToken(admin, { name, collection });
  await open(admin, `/tokens?q=${encodeURIComponent(batch)}`);
  await expect(admin.locator('tbody').getByRole('row')).toHaveCount(3);

  const menu = row(admin, newest).getByRole('button', { name: `Edit or delete ${newest}` });
  await menu.focus();
  await admin.keyboard.press('Enter');
  await expect(admin.getByRole('button', { name: 'Edit', exact: true })).toBeFocused();
  await admin.keyboard.press('Escape');
  await expect(menu, 'after Escape').toBeFocused();

  await admin.keyboard.press('Enter');
  await admin.getByRole('button', { name: 'Delete', exact: true }).press('Enter');
  await expect(row(admin, newest)).toHaveCount(0);
  await expect(row(admin, middle), 'the next row').toBeFocused();

  await admin.keyboard.press('ArrowDown');
  await expect(row(admin, oldest)).toBeFocused();
  await admin.keyboard.press('x');
  await expect(row(admin, oldest)).toHaveCount(0);
  await expect(row(admin, middle), 'after the last row, the one before').toBeFocused();

  await admin.keyboard.press('x');
  await expect(admin.locator('tbody').getByRole('row')).toHaveCount(0);
  await expect(admin.getByRole('heading', { level: 1 }), 'of an empty list, its heading').toBeFocused();

  await admin.keyboard.press('F6');
  await expect(admin.getByRole('button', { name: 'Undo' }).last()).toBeFocused();
  await admin.keyboard.press('Control+z');
  await expect(row(admin, middle)).toBeVisible();
  await isOnSomething(admin, 'after Undo');
});

test('what vanishes when it is pressed leaves the focus near', async ({ admin }) => {
  const collection = unique('Onboarding');
  await givenCollection(admin, collection);
  const name = unique('Codes');
  await givenToken(admin, { name, type: 'Multi Token', count: 120, collection });
  await open(admin, '/tokens');
  await row(admin, name).getByRole('link', { name: 'Manage Tokens' }).press('Enter');
  await expect(admin.getByRole('table', { name: 'Codes' })).toBeVisible();
  await isOnSomething(admin, 'after a link');

  await admin.getByRole('button', { name: /^Assign/ }).first().press('Enter');
  await isOnSomething(admin, 'after Assign');
  await admin.keyboard.type('hana@example.org');
  await admin.keyboard.press('Enter');
  await expect(admin.getByRole('cell', { name: 'hana@example.org' })).toBeVisible();
  await isOnSomething(admin, 'after an assignment');

  await open(admin, `${new URL(admin.url()).pathname}?q=nobody-is-called-so`);
  await admin.getByRole('button', { name: 'Clear filters' }).press('Enter');
  await expect(admin.getByRole('button', { name: 'Clear filters' })).toHaveCount(0);
  await isOnSomething(admin, 'after Clear filters');
});

test('the row that has the focus stays when it is scrolled away', async ({ admin }) => {
  const collection = unique('Onboarding');
  await givenCollection(admin, collection);
  const { path } = await givenToken(admin, { name: unique('Many'), type: 'Multi Token', count: 400, collection });
  await open(admin, path);
  const third = admin.locator('tbody tr[data-key]').nth(2);
  await expect(third).toBeVisible();
  const key = await third.getAttribute('data-key');
  await third.focus();
  const shown = admin.locator('.foot [role="status"]');
  for (let tries = 0; tries < 40 && !(await shown.textContent())?.startsWith('400'); tries += 1) {
    await admin.mouse.wheel(0, 4_000);
    await admin.waitForTimeout(150);
  }
  await expect(admin.locator('tr.gap').first()).toBeAttached();
  await expect(admin.locator(`tr[data-key="${key}"]`)).toBeFocused();
});

async function isOnSomething(page: Page, when: string): Promise<void> {
  const focused: Locator = page.locator(':focus');
  await expect(focused, `the focus is on something ${when}`).toHaveCount(1);
  expect(await focused.evaluate((element) => element.tagName), when).not.toBe('BODY');
}
