// Rows are chosen by their boxes, and what is done to one is done to all of them, by a job with one way back.
import { readFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';
import { findsNothing } from '../../world/axe';
import { expect, test } from '../../world/test';
import { givenCollection, givenToken } from '../../world/given';
import { day, open, pencil, row, unique } from '../../world/pages';

test('tokens are chosen by tick and by shift, suspended together, and Undo brings them back', async ({ admin }) => {
  const mark = await some(admin, 3);
  await box(admin, `${mark} 0`).click();
  await expect(bar(admin)).toContainText('1 chosen');
  await box(admin, `${mark} 2`).click({ modifiers: ['Shift'] });
  await expect(bar(admin)).toContainText('3 chosen');
  await expect(box(admin, `${mark} 1`)).toBeChecked();
  await expect(admin.getByLabel('Choose all that are shown')).toBeChecked();
  await findsNothing(admin, 'the bar of what is chosen');

  await bar(admin).getByRole('button', { name: 'Suspend' }).click();
  const dialog = admin.getByRole('dialog', { name: 'Suspend 3 tokens' });
  await expect(dialog.getByText('Their links open nothing until they are resumed.')).toBeVisible();
  await findsNothing(admin, 'the question before many are changed');
  await dialog.getByRole('button', { name: 'Suspend' }).click();
  await expect(admin.getByText('3 tokens were suspended.')).toBeVisible();
  await expect(bar(admin)).toHaveCount(0);
  await expect(box(admin, `${mark} 1`)).not.toBeChecked();
  for (const number of [0, 1, 2]) await expect(row(admin, `${mark} ${number}`)).toContainText('Suspended');
  await hasFocus(admin);

  await admin.keyboard.press('Control+z');
  await expect(admin.getByText('3 tokens were changed back.')).toBeVisible();
  for (const number of [0, 1, 2]) await expect(row(admin, `${mark} ${number}`)).not.toContainText('Suspended');
});

test('by keys alone: a box, the bar, the question', async ({ admin }) => {
  const mark = await some(admin, 2);
  await box(admin, `${mark} 1`).focus();
  await admin.keyboard.press('Space');
  await expect(bar(admin)).toContainText('1 chosen');
  await bar(admin).getByRole('button', { name: 'Delete' }).focus();
  await admin.keyboard.press('Enter');
  const dialog = admin.getByRole('dialog', { name: 'Delete 1 token' });
  await expect(dialog).toBeVisible();
  await admin.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(bar(admin).getByRole('button', { name: 'Delete' }), 'the focus is where it came from').toBeFocused();
  await admin.keyboard.press('Enter');
  await admin.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await admin.keyboard.press('Escape');
  await expect(bar(admin), 'one more lets go of what is chosen').toHaveCount(0);

  await box(admin, `${mark} 1`).press('Space');
  await bar(admin).getByRole('button', { name: 'Delete' }).press('Enter');
  await dialog.getByRole('button', { name: 'Delete' }).press('Enter');
  await expect(row(admin, `${mark} 1`)).toHaveCount(0);
  await expect(row(admin, `${mark} 0`)).toBeVisible();
  await hasFocus(admin);
});

test('all that fit are more than are shown, and get another expiry; another question lets go of them', async ({ admin }) => {
  const collection = unique('Onboarding');
  const mark = unique('cohort').split(' ')[1];
  await givenCollection(admin, collection);
  for (let number = 0; number < 120; number += 1) await givenToken(admin, { name: `${mark} ${number}`, collection });
  await open(admin, `/tokens?q=${mark}`);
  await admin.getByLabel('Choose all that are shown').click();
  await bar(admin).getByRole('button', { name: 'Choose all that fit' }).click();
  await expect(bar(admin)).toContainText('120 chosen');
  // Rows that come into the page while somebody scrolls are ticked, too.
  await expect(async () => {
    await admin.mouse.wheel(0, 100_000);
    await expect(admin.getByLabel(`Choose ${mark} 0`, { exact: true })).toBeChecked({ timeout: 500 });
  }).toPass({ timeout: 15_000 });

  await bar(admin).getByRole('button', { name: 'Change expiry' }).click();
  const dialog = admin.getByRole('dialog', { name: 'Change expiry of 120 tokens' });
  await dialog.getByLabel('Expires').fill(day(40));
  await dialog.getByRole('button', { name: 'Change expiry' }).click();
  await expect(admin.getByText('120 tokens were given another expiry.')).toBeVisible({ timeout: 30_000 });
  await open(admin, `/tokens?q=${mark}`);
  await expect(admin.getByRole('row').filter({ hasText: /in 4[01] days/ }).first()).toBeVisible();

  await admin.getByLabel('Choose all that are shown').click();
  await expect(bar(admin)).toBeVisible();
  await admin.getByLabel('Search tokens').fill(`${mark} 7`);
  await expect(bar(admin)).toHaveCount(0);
});

test('whoever is refused is named with the reason, and the others are done', async ({ admin, another }) => {
  const mark = await some(admin, 2);
  await admin.getByLabel('Choose all that are shown').click();
  await expect(bar(admin)).toContainText('2 chosen');
  const other = await another(true);
  await open(other, `/tokens?q=${mark}`);
  await pencil(other, `${mark} 0`, 'Delete');
  await expect(row(admin, `${mark} 0`)).toHaveCount(0);

  await bar(admin).getByRole('button', { name: 'Revoke' }).click();
  const dialog = admin.getByRole('dialog', { name: 'Revoke 2 tokens' });
  await expect(dialog.getByText('This cannot be undone.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await expect(bar(admin)).toContainText('1 token was revoked. Refused: 1.');
  await expect(bar(admin).getByRole('button', { name: 'Undo' })).toHaveCount(0);
  await bar(admin).getByRole('button', { name: 'Show why' }).click();
  const why = admin.getByRole('dialog', { name: 'Refused: 1' });
  await expect(why.getByRole('listitem')).toHaveText(`${mark} 0This token was deleted. Restore it first.`);
  await findsNothing(admin, 'who was refused, and why');
  await admin.keyboard.press('Escape');
  await bar(admin).getByRole('button', { name: 'Done' }).click();
  await expect(bar(admin)).toHaveCount(0);
});

test('what is chosen is exported alone', async ({ admin }) => {
  const mark = await some(admin, 3);
  await box(admin, `${mark} 0`).click();
  await box(admin, `${mark} 2`).click();
  const waiting = admin.waitForEvent('download');
  await bar(admin).getByRole('button', { name: 'Export' }).click();
  const download = await waiting;
  expect(download.suggestedFilename()).toBe('tokens.csv');
  const table = await readFile(await download.path(), 'utf8');
  const lines = table.trim().split('\r\n');
  expect(lines.slice(1).map((line) => line.split(',')[0]).sort()).toEqual([`${mark} 0`, `${mark} 2`]);
});

/** What stands in sight while something is chosen or under way. */
function bar(page: Page): Locator {
  return page.locator('.chosen');
}

function box(page: Page, name: string): Locator {
  return page.getByRole('checkbox', { name: `Choose ${name}`, exact: true });
}

async function hasFocus(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.activeElement !== document.body), 'the focus is on something').toBe(true);
}

/** Makes some tokens and shows them alone. */
async function some(page: Page, many: number): Promise<string> {
  const collection = unique('Onboarding');
  await givenCollection(page, collection);
  const mark = unique('cohort').split(' ')[1];
  for (let number = 0; number < many; number += 1) await givenToken(page, { name: `${mark} ${number}`, collection });
  await open(page, `/tokens?q=${mark}`);
  await expect(row(page, `${mark} 0`)).toBeVisible();
  return mark;
}
