import { expect, test } from '../../world/test';
import { linkIn } from '../../world/mail';
import { givenCollection, givenToken } from '../../world/given';
import { cell, createToken, hydrated, linkInDialog, open, redeem, row, unique } from '../../world/pages';

test('a code is assigned, cleared and assigned again; the person, the date and the report follow', async ({ admin, visitor, another, world }) => {
  const collection = unique('Safety');
  await givenCollection(admin, collection);
  const name = unique('Partner pilot');
  await createToken(admin, { name, type: 'Multi Token', count: 3, collection });
  await row(admin, name).getByRole('link', { name: 'Manage Tokens' }).click();
  await expect(admin).toHaveURL(/\/tokens\/[0-9a-f-]+$/);
  await hydrated(admin);
  await expect(admin.getByRole('button', { name: /^Share/ })).toHaveCount(3);

  const wrong = `${unique('wrong').replace(' ', '.')}@example.org`;
  const right = `${unique('right').replace(' ', '.')}@example.org`;
  await assign(admin, wrong);
  await expect(row(admin, wrong)).toBeVisible();
  await expect(await cell(admin, wrong, 'Assigned'), 'nobody reloads to see that the mail went out').toContainText('sent');
  const first = linkIn(await world.server.mail.arrived(wrong), '/t/');

  await row(admin, wrong).getByRole('button', { name: /Clear assignment/ }).click();
  await expect(row(admin, wrong)).toHaveCount(0);
  await assign(admin, right);
  const second = linkIn(await world.server.mail.arrived(right), '/t/');
  expect(second).not.toBe(first);
  await row(admin, right).getByRole('button', { name: /^Share/ }).click();
  expect(await linkInDialog(admin), 'the link shown is the link sent').toBe(second);

  // What lies in the wrong mailbox opens nothing any more.
  await visitor.goto(first);
  await expect(visitor.getByRole('button', { name: 'Get access' })).toHaveCount(0);

  // The code knows the address, takes no other, and shows little of it to whoever holds the link.
  const recipient = await another();
  await recipient.goto(second);
  await expect(recipient.getByLabel('E-mail')).not.toBeEditable();
  await expect(recipient.getByLabel('E-mail')).not.toHaveValue(right);
  await redeem(recipient, second, { name: 'Mere Kahu' });
  await expect(recipient).toHaveURL(/\/my\//);

  // The admin's page was open all the time.
  await expect(await cell(admin, right, 'Used by')).toContainText('Mere Kahu', { timeout: 2_000 });
  await expect((await cell(admin, right, 'Used on')).locator('time')).toBeVisible();
  await expect(row(admin, right).getByRole('button', { name: /Clear assignment/ })).toHaveCount(0);

  await row(admin, right).getByRole('link', { name: 'Mere Kahu' }).click();
  await expect(admin).toHaveURL(/\/people\/[0-9a-f-]+$/);
  await expect(admin.getByRole('heading', { name: 'Mere Kahu' })).toBeVisible();
  await expect(admin.getByText(collection).first()).toBeVisible();
});

test('a wrong address is said at its field, and what was typed stays', async ({ admin }) => {
  const collection = unique('Policies');
  await givenCollection(admin, collection);
  const { path } = await givenToken(admin, { name: unique('Auditors'), type: 'Multi Token', count: 1, collection });
  await open(admin, path);
  await startAssigning(admin, 'not an address');
  const field = admin.getByLabel('E-mail');
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  await expect(field).toHaveValue('not an address');
});

test('three thousand codes are made in the background', async ({ admin }) => {
  const collection = unique('Webinar');
  await givenCollection(admin, collection);
  const name = unique('Bulk order');
  await createToken(admin, { name, type: 'Multi Token', count: 3_000, collection });
  await expect(await cell(admin, name, 'Remaining')).toHaveText(/3,000|3 000|3000/, { timeout: 30_000 });
  await open(admin, '/tokens');
  await row(admin, name).getByRole('link', { name: 'Manage Tokens' }).click();
  await hydrated(admin);
  const table = admin.getByRole('table').or(admin.getByRole('grid'));
  await expect(table).toHaveAttribute('aria-rowcount', /^300[01]$/);
  expect(await admin.getByRole('row').count(), 'only what is near is drawn').toBeLessThan(300);
});

type Page = import('@playwright/test').Page;

async function startAssigning(page: Page, address: string) {
  await page.getByRole('button', { name: /^Assign/ }).first().click();
  await page.getByLabel('E-mail').fill(address);
  await page.getByLabel('E-mail').press('Enter');
}

async function assign(page: Page, address: string) {
  await startAssigning(page, address);
  await expect(await cell(page, address, 'Assigned')).toContainText(address);
}
