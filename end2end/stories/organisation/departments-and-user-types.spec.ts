import type { Page } from '@playwright/test';
import { expect, test } from '../../world/test';
import { chip, filterBy, hydrated, open, row, unique } from '../../world/pages';

test('departments are made in each other, renamed, moved, and removed when they are empty', async ({ admin }) => {
  const [north, south, sales, trade] = ['North', 'South', 'Sales', 'Trade'].map(unique);
  await open(admin, '/organisation');
  await admin.getByRole('navigation', { name: 'Organisation' }).getByRole('link', { name: 'Departments' }).click();
  await expect(admin).toHaveURL('/organisation/departments');
  await hydrated(admin);
  await make(admin, north);
  await make(admin, south);
  await change(admin, north, 'Add one below');
  await save(admin, sales);
  await expect(branch(admin, north).getByText(sales)).toBeVisible();

  await change(admin, sales, 'Rename');
  await save(admin, trade);
  await expect(admin.getByText(sales, { exact: true })).toHaveCount(0);

  // What is not empty stays, and says why.
  await change(admin, north, 'Remove');
  await expect(admin.getByText(new RegExp(`^${north} is not empty`))).toBeVisible();
  await change(admin, trade, 'Move');
  const dialog = admin.getByRole('dialog');
  await dialog.getByLabel('Part of').selectOption({ label: south });
  await dialog.getByRole('button', { name: 'Move' }).click();
  await expect(dialog).toBeHidden();
  await expect(branch(admin, south).getByText(trade)).toBeVisible();
  await change(admin, north, 'Remove');
  await expect(admin.getByText(`The department ${north} was removed.`)).toBeVisible();
  await expect(admin.locator('.tree').getByText(north, { exact: true })).toHaveCount(0);

  // A name is taken once beside each other.
  await admin.getByRole('button', { name: 'New department' }).click();
  await dialog.getByLabel('Name').fill(south);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByLabel('Name')).toHaveAttribute('aria-invalid', 'true');
  await expect(dialog.getByLabel('Name')).toHaveValue(south);
});

test('a user type is made, given to somebody in a department, and narrowed: a token of it is refused at its next call', async ({ admin, visitor, world }) => {
  const [type, place] = [unique('Librarian'), unique('Library')];
  await open(admin, '/organisation/departments');
  await make(admin, place);
  await open(admin, '/organisation/user-types');
  await expect(item(admin, 'Owner').getByRole('button')).toHaveCount(0);
  await admin.getByRole('button', { name: 'New user type' }).click();
  const dialog = admin.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill(type);
  await dialog.getByLabel('See collections and their content').check();
  await dialog.getByLabel('See people, their reports and open invitations').check();
  await expect(dialog.getByText(/^May see collections and their content; see people, their reports and open invitations\./)).toBeVisible();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(item(admin, type)).toContainText('0 people');

  // Somebody is invited as one, into the department.
  await open(admin, '/people');
  await admin.getByRole('button', { name: 'Invite' }).click();
  const email = `${unique('mere').replace(' ', '.')}@example.org`;
  await dialog.getByLabel('E-mail').fill(email);
  await dialog.getByLabel('User type').selectOption({ label: type });
  await dialog.getByLabel('Department').selectOption({ label: place });
  await dialog.getByRole('button', { name: 'Make the invitation' }).click();
  const link = await dialog.getByLabel('Link', { exact: true }).inputValue();
  await admin.keyboard.press('Escape');
  await expect(admin.getByText(`as ${type} in ${place}`)).toBeVisible();
  await visitor.goto(link);
  const person = unique('Mere Kahu');
  await visitor.getByLabel('Your name').fill(person);
  await visitor.getByLabel('Password').fill('a few words in a row');
  await visitor.getByRole('button', { name: 'Join' }).click();
  await expect(visitor).not.toHaveURL(/\/invitation\//);

  await filterBy(admin, 'Department', place);
  await expect(row(admin, person)).toContainText(type);
  await expect(row(admin, person)).toContainText(place);
  await expect(row(admin, 'Ada Quill')).toHaveCount(0);
  await open(admin, '/organisation/user-types');
  await expect(item(admin, type)).toContainText('1 person');

  // A program calls with a token of this type.
  const made = await admin.evaluate(async (type) => {
    const list = (await (await fetch('/api/v1/people?q=mere')).json()) as { data: { user_type: { id: string; name: string } }[] };
    const found = list.data.find((one) => one.user_type.name === type);
    const answer = await fetch('/api/v1/api-tokens', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: `Token of ${type}`, user_type_id: found?.user_type.id }),
    });
    return (await answer.json()) as { token: string };
  }, type);
  const people = () => fetch(`${world.server.url}/api/v1/people`, { headers: { Authorization: `Bearer ${made.token}` } });
  expect((await people()).status).toBe(200);
  await admin.getByRole('button', { name: `Edit ${type}` }).click();
  await dialog.getByLabel('See people, their reports and open invitations').uncheck();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  expect((await people()).status, 'at the next request').toBe(403);

  // What somebody or something has is not deleted.
  await admin.getByRole('button', { name: `Delete ${type}` }).click();
  await expect(admin.getByText(`${type} is still in use: people, API tokens have it.`)).toBeVisible();
});

test('page tokens, campaigns and mails are filtered by department, and the address keeps it', async ({ admin }) => {
  const place = unique('Harbour');
  await open(admin, '/organisation/departments');
  await make(admin, place);
  for (const [address, nothing] of [
    ['/administrator/page-tokens', 'No token fits'],
    ['/campaigns', 'No campaign fits'],
    ['/administrator/mail', 'No mail fits'],
  ]) {
    await open(admin, address);
    await filterBy(admin, 'Department', place);
    await expect(admin).toHaveURL(/[?&]department=[0-9a-f-]{36}$/);
    await expect(admin.getByText(nothing)).toBeVisible();
    await admin.reload();
    await hydrated(admin);
    await expect(admin.getByLabel('Department').locator('option:checked')).toHaveText(place);
    await expect(chip(admin, place)).toBeVisible();
    await expect(admin.getByText(nothing)).toBeVisible();
  }
});

async function make(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'New department' }).click();
  await save(page, name);
}

async function save(page: Page, name: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText(name, { exact: true })).toBeVisible();
}

async function change(page: Page, name: string, action: string): Promise<void> {
  await page.getByRole('button', { name: `Change ${name}` }).click();
  await page.getByRole('button', { name: action, exact: true }).click();
}

/** A department with what stands below it. */
function branch(page: Page, name: string) {
  return page.locator('.tree-row').filter({ hasText: name }).locator('..');
}

/** A user type in the list. */
function item(page: Page, name: string) {
  return page.locator('.user-types li').filter({ has: page.locator('.name', { hasText: name }) });
}
