// The codes of a multi token on paper: a link and a QR code each, to be cut out.
import { findsNothing } from '../../world/axe';
import { expect, test } from '../../world/test';
import { givenCollection, givenToken } from '../../world/given';
import { open, unique } from '../../world/pages';

test('the codes that nobody used are printed on A4 or Letter', async ({ admin }) => {
  const collection = unique('Safety');
  await givenCollection(admin, collection);
  const name = unique('Handed out');
  const { path } = await givenToken(admin, { name, type: 'Multi Token', count: 5, collection });
  await open(admin, path);
  await admin.getByRole('link', { name: 'Print codes' }).click();

  await expect(admin.getByRole('heading', { name: `Codes of ${name}` })).toBeVisible();
  await expect(admin.getByRole('listitem')).toHaveCount(5);
  await expect(admin.getByRole('img', { name: 'The link of code 1', exact: true })).toBeVisible();
  await expect(admin.getByRole('listitem').first()).toContainText(collection);
  await expect(admin.getByRole('listitem').first()).toContainText(/\/t\/[0-9A-Z]{4}-/);
  await findsNothing(admin, 'the sheet of codes');

  await admin.getByRole('link', { name: 'Letter' }).click();
  await expect(admin.getByRole('link', { name: 'Letter' })).toHaveAttribute('aria-current', 'page');
  await admin.emulateMedia({ media: 'print' });
  await expect(admin.getByRole('heading', { name: `Codes of ${name}` }), 'paper has the codes alone').toBeHidden();
  const places = await admin.getByRole('listitem').evaluateAll((items) => items.map((item) => item.getBoundingClientRect().left));
  expect(new Set(places.map(Math.round)).size, 'two stand beside each other').toBe(2);
  await admin.emulateMedia({ media: 'screen' });

  await admin.getByRole('link', { name: `Back to ${name}` }).click();
  await expect(admin.getByRole('heading', { name })).toBeVisible();
});
