// A robot that presses like a person uses up a link in somebody's mailbox. The admin sees it, and makes it good.
import { expect, test } from '../../world/test';
import { linkIn } from '../../world/mail';
import { givenCollection, givenToken } from '../../world/given';
import { cell, open, redeem, row, unique } from '../../world/pages';

test('one click sends another link to the same mailbox, and the history says when and from where', async ({ admin, visitor, another, world }) => {
  const collection = unique('Safety');
  await givenCollection(admin, collection);
  const { path } = await givenToken(admin, { name: unique('Partner pilot'), type: 'Multi Token', count: 1, collection });
  await open(admin, path);
  const address = `${unique('mere').replace(' ', '.')}@example.org`;
  await admin.getByRole('button', { name: /^Assign/ }).first().click();
  await admin.getByLabel('E-mail').fill(address);
  await admin.getByLabel('E-mail').press('Enter');
  await expect(await cell(admin, address, 'Assigned')).toContainText(address);
  const first = linkIn(await world.server.mail.arrived(address), '/t/');

  await redeem(visitor, first, { name: 'Link Checker' });
  await expect(visitor).toHaveURL(/\/my\//);
  await expect(await cell(admin, address, 'Used by')).toContainText('Link Checker');

  const more = row(admin, address).getByRole('button', { name: /^More for/ });
  await more.click();
  await choose(admin, 'History');
  const history = admin.getByRole('dialog');
  await expect(history.getByText(/^Used .* from (127\.0\.0\.1|::1)$/)).toBeVisible();
  await expect(history.locator('li').filter({ hasText: 'Used' }).locator('time')).toBeVisible();
  await admin.keyboard.press('Escape');
  await expect(history).toBeHidden();

  await more.click();
  await choose(admin, 'Issue a replacement');
  await expect(admin.getByText(/replaces it\. The link goes to/)).toContainText(address);
  const second = linkIn(await world.server.mail.arrived(address, 2), '/t/');
  expect(second).not.toBe(first);

  const person = await another();
  await redeem(person, second, { name: 'Mere Kahu' });
  await expect(person).toHaveURL(/\/my\//);
  await expect(person.getByText('Read this first')).toBeVisible();
});

async function choose(page: import('@playwright/test').Page, action: string) {
  await page.getByRole('button', { name: action, exact: true }).or(page.getByRole('menuitem', { name: action, exact: true })).click();
}
