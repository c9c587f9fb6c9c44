import { expect, test } from '../../world/test';
import { givenCollection } from '../../world/given';
import { open, publishCollection, row, unique } from '../../world/pages';

test('a draft gets a link and is published; only then a token can open it', async ({ admin }) => {
  const draft = unique('Draft');
  await open(admin, '/collections');
  await admin.getByRole('button', { name: 'New collection' }).first().click();
  const dialog = admin.getByRole('dialog');
  await dialog.getByLabel('Title').fill(draft);
  await dialog.getByRole('button', { name: /Create|Save|New collection/ }).click();
  await expect(admin).toHaveURL(/\/collections\/[0-9a-f-]+/);

  const published = unique('Onboarding');
  await publishCollection(admin, published);
  await open(admin, '/tokens');
  await admin.getByRole('button', { name: 'Create Token', exact: true }).first().click();
  const choices = admin.getByRole('dialog').getByRole('combobox', { name: 'Collection' });
  await expect(choices.getByRole('option', { name: published })).toHaveCount(1);
  await expect(choices.getByRole('option', { name: draft })).toHaveCount(0);
});

test('the list of collections shows both and what they are', async ({ admin }) => {
  const title = unique('Safety');
  await givenCollection(admin, title);
  await open(admin, '/collections');
  await expect(admin.getByRole('link', { name: title })).toBeVisible();
  await expect(row(admin, title).or(admin.getByRole('listitem').filter({ hasText: title }))).toContainText('Published');
});

test('what archiving stops is taken back with one press', async ({ admin }) => {
  await open(admin, await givenCollection(admin, unique('Retired')));
  await admin.getByRole('button', { name: 'Archive' }).click();
  await expect(admin.getByText('Archived', { exact: true }).first()).toBeVisible();
  await admin.getByRole('button', { name: 'Undo' }).click();
  await expect(admin.getByText('Published', { exact: true }).first()).toBeVisible();
});
