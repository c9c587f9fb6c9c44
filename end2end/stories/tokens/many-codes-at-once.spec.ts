// The codes of a multi token are chosen like tokens: their links are mailed anew, taken back, and exported.
import { readFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';
import { linkIn } from '../../world/mail';
import { findsNothing } from '../../world/axe';
import { expect, test } from '../../world/test';
import { givenCollection, givenToken } from '../../world/given';
import { open, row, unique } from '../../world/pages';

test('new links go out to all who have a code, assignments are cleared together, and the rest is told why not', async ({ admin, world }) => {
  const collection = unique('Safety');
  await givenCollection(admin, collection);
  const { path } = await givenToken(admin, { name: unique('Partner pilot'), type: 'Multi Token', count: 3, collection });
  await open(admin, path);
  const [one, other] = ['one', 'other'].map((word) => `${unique(word).replace(' ', '.')}@example.org`);
  for (const address of [one, other]) {
    await admin.getByRole('button', { name: 'Assign', exact: true }).first().click();
    await admin.getByLabel('E-mail').fill(address);
    await admin.getByLabel('E-mail').press('Enter');
    await expect(row(admin, address)).toBeVisible();
  }
  const before = linkIn(await world.server.mail.arrived(one), '/t/');

  await admin.getByLabel('Choose all that are shown').click();
  await expect(bar(admin)).toContainText('3 chosen');
  await findsNothing(admin, 'the bar of chosen codes');
  await act(admin, 'Send a new link', 'Send new links for 3 codes');
  await expect(bar(admin)).toContainText('2 codes were given a new link. Refused: 1.');
  await bar(admin).getByRole('button', { name: 'Show why' }).click();
  await expect(admin.getByRole('dialog').getByRole('listitem')).toContainText('Assign the code to an address first.');
  await admin.keyboard.press('Escape');
  await bar(admin).getByRole('button', { name: 'Done' }).click();
  expect(linkIn(await world.server.mail.arrived(one, 2), '/t/')).not.toBe(before);

  // Two of them alone, as a table with their links.
  for (const address of [one, other]) await row(admin, address).getByRole('checkbox').click();
  const waiting = admin.waitForEvent('download');
  await bar(admin).getByRole('button', { name: 'Export' }).click();
  const table = await readFile(await (await waiting).path(), 'utf8');
  expect(table.trim().split('\r\n')).toHaveLength(3);

  await act(admin, 'Clear assignment', 'Clear the assignment of 2 codes');
  await expect(admin.getByText('2 codes were cleared.')).toBeVisible();
  await expect(row(admin, one)).toHaveCount(0);
  await expect(admin.getByRole('button', { name: 'Assign', exact: true })).toHaveCount(3);
});

/** Presses a button of the bar, and the same in the dialog that asks. */
async function act(page: Page, action: string, question: string): Promise<void> {
  await bar(page).getByRole('button', { name: action }).click();
  await page.getByRole('dialog', { name: question }).getByRole('button', { name: action }).click();
}

function bar(page: Page): Locator {
  return page.locator('.chosen');
}
