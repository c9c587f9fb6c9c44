// The palette goes anywhere by name, and ? says what all keys do.
import { findsNothing } from '../../world/axe';
import { expect, test } from '../../world/test';
import { givenCollection, givenToken } from '../../world/given';
import { createToken, open, publishCollection, row, unique } from '../../world/pages';

test('Ctrl K goes to a page, a token and a collection by name', async ({ admin }) => {
  const collection = unique('Orchard rules');
  const path = await givenCollection(admin, collection);
  const name = unique('Spring pickers');
  await givenToken(admin, { name, collection });
  const parts: string[] = [];
  admin.on('request', (request) => parts.push(new URL(request.url()).pathname));
  await open(admin, '/people');
  expect(parts.filter((part) => part.includes('/keys.')), 'nobody waits for it who does not ask').toEqual([]);

  await admin.keyboard.press('Control+k');
  const dialog = admin.getByRole('dialog', { name: 'Go to' });
  const field = dialog.getByRole('combobox');
  await expect(field).toBeFocused();
  await findsNothing(admin, 'the palette');
  await field.fill(name);
  await expect(dialog.getByRole('option', { name })).toBeVisible();
  await admin.keyboard.press('Enter');
  await expect(admin.getByRole('heading', { level: 1, name })).toBeVisible();

  await admin.keyboard.press('Control+k');
  await field.fill(collection.slice(0, 9).toLowerCase());
  await dialog.getByRole('option', { name: `${collection} Published` }).click();
  await expect(admin).toHaveURL(path);

  await admin.keyboard.press('Control+k');
  await admin.keyboard.type('api');
  await admin.keyboard.press('Enter');
  await expect(admin.getByRole('heading', { level: 1, name: 'API tokens' })).toBeVisible();

  await admin.getByRole('button', { name: 'Go to…' }).click();
  await field.fill('nothing is called so');
  await expect(dialog.getByText('Nothing is called so that you may see.')).toBeVisible();
  // The first one empties the field, as in every field that searches.
  await admin.keyboard.press('Escape');
  await expect(field).toHaveValue('');
  await admin.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(admin.getByRole('button', { name: 'Go to…' })).toBeFocused();
});

test('what fits best stands first: the name itself, its beginning, the beginning of a word', async ({ admin }) => {
  const collection = unique('Orchard rules');
  await givenCollection(admin, collection);
  const mark = unique('quince').split(' ')[1];
  // The newest stands first in lists, so that the order here is another one.
  const ranked = [mark, `${mark} pickers`, `Late ${mark}`];
  for (const name of ranked) await givenToken(admin, { name, collection });
  await open(admin, '/tokens');
  await admin.keyboard.press('Control+k');
  const dialog = admin.getByRole('dialog', { name: 'Go to' });
  await dialog.getByRole('combobox').fill(mark);
  await expect(dialog.getByRole('option').filter({ hasText: mark })).toContainText(ranked);
});

test('Ctrl K does to what is chosen what the bar of the list does', async ({ admin }) => {
  const collection = unique('Orchard rules');
  await publishCollection(admin, collection);
  const name = unique('Spring pickers');
  await createToken(admin, { name, collection });
  await open(admin, `/tokens?q=${encodeURIComponent(name)}`);
  const palette = admin.getByRole('dialog', { name: 'Go to' });
  await admin.keyboard.press('Control+k');
  await expect(palette.getByRole('option', { name: 'Create Token' })).toBeVisible();
  await expect(palette.getByRole('option', { name: /chosen/ })).toHaveCount(0);
  await admin.keyboard.press('Escape');
  await expect(palette).toHaveCount(0);

  await admin.getByLabel(`Choose ${name}`).click();
  await expect(admin.getByText('1 chosen')).toBeVisible();
  await admin.keyboard.press('Control+k');
  await expect(palette.getByRole('option', { name: 'Suspend 1 chosen' })).toBeVisible();
  await admin.keyboard.type('susp');
  await admin.keyboard.press('Enter');
  const question = admin.getByRole('dialog', { name: 'Suspend 1 token' });
  await expect(question).toBeVisible();
  await expect(palette).toHaveCount(0);
  await question.getByRole('button', { name: 'Suspend' }).click();
  await expect(row(admin, name)).toContainText('Suspended');
});

test('? lists the keys, and rests while somebody types or when single letters are off', async ({ admin }) => {
  await open(admin, '/tokens');
  const dialog = admin.getByRole('dialog', { name: 'Keys' });
  await admin.keyboard.press('?');
  await expect(dialog).toBeVisible();
  await findsNothing(admin, 'the list of keys');
  await admin.keyboard.press('Escape');
  await admin.getByLabel('Search tokens').focus();
  await admin.keyboard.press('?');
  await expect(dialog).toHaveCount(0);

  await open(admin, '/account');
  await admin.getByLabel('Single letters are shortcuts').uncheck();
  await admin.getByRole('heading', { level: 1 }).click();
  await admin.keyboard.press('?');
  await expect(dialog).toHaveCount(0);
  await admin.getByLabel('Single letters are shortcuts').check();
});
