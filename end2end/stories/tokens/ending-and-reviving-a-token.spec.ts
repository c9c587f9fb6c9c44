import { expect, test } from '../../world/test';
import { givenCollection, givenToken } from '../../world/given';
import { day, hydrated, open, pencil, row, unique } from '../../world/pages';

test('yesterday as its expiry ends a token, and an expired one is edited back to life', async ({ admin, visitor }) => {
  const collection = unique('Getting started');
  await givenCollection(admin, collection);
  const name = unique('Webinar');
  const { link } = await givenToken(admin, { name, collection });
  await open(admin, '/tokens');
  await visitor.goto(link);
  await expect(visitor.getByRole('button', { name: 'Get access' })).toBeVisible();

  await expire(admin, name, day(-1));
  await expect(row(admin, name)).toHaveCount(0);
  await visitor.goto(link);
  await expect(visitor.getByRole('button', { name: 'Get access' })).toHaveCount(0);
  await expect(visitor.getByText(/expired|ended|is over/i).first()).toBeVisible();

  await admin.getByRole('link', { name: 'Show expired tokens' }).click();
  await expect(admin).toHaveURL(/list=expired/);
  await hydrated(admin);
  await expect(row(admin, name)).toBeVisible();

  await expire(admin, name, day(30));
  await expect(row(admin, name)).toHaveCount(0);
  await admin.getByRole('link', { name: 'Show active tokens' }).click();
  await expect(row(admin, name)).toBeVisible();
  await visitor.goto(link);
  await expect(visitor.getByRole('button', { name: 'Get access' })).toBeVisible();
});

test('the name changes, and the list with it', async ({ admin }) => {
  const collection = unique('Onboarding');
  await givenCollection(admin, collection);
  const before = unique('Old name');
  const after = unique('New name');
  await givenToken(admin, { name: before, collection });
  await open(admin, '/tokens');
  await pencil(admin, before, 'Edit');
  const dialog = admin.getByRole('dialog');
  await expect(dialog.getByLabel('Name', { exact: true })).toHaveValue(before);
  await dialog.getByLabel('Name', { exact: true }).fill(after);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(row(admin, after)).toBeVisible();
  await expect(row(admin, before)).toHaveCount(0);
});

test('a limit below the uses, a name of nothing: said at the field, and nothing typed is lost', async ({ admin }) => {
  const collection = unique('Onboarding');
  await givenCollection(admin, collection);
  await open(admin, '/tokens');
  await admin.getByRole('button', { name: 'Create Token', exact: true }).first().click();
  const dialog = admin.getByRole('dialog');
  await dialog.getByLabel('Usage Limit').fill('many');
  await dialog.getByRole('button', { name: 'Create Token', exact: true }).click();
  await expect(dialog.getByLabel('Name', { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await expect(dialog.getByLabel('Name', { exact: true })).toBeFocused();
  await expect(dialog.getByLabel('Usage Limit')).toHaveAttribute('aria-invalid', 'true');
  await expect(dialog.getByLabel('Usage Limit')).toHaveValue('many');
});

async function expire(page: import('@playwright/test').Page, name: string, date: string) {
  await pencil(page, name, 'Edit');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Expires').fill(date);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
}
