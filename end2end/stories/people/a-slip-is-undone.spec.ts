// What somebody may do is changed by a list and a button of their page, at once: so there is a way back.
import { expect, test } from '../../world/test';
import { createToken, linkOf, open, publishCollection, redeem, row, unique } from '../../world/pages';

test('a user type that is refused is as it was, and access that was ended by a slip is brought back', async ({ admin, visitor }) => {
  const collection = unique('Safety');
  await publishCollection(admin, collection);
  const name = unique('Open day');
  await createToken(admin, { name, collection });
  const link = await linkOf(admin, name);
  const person = unique('Mere Kahu');
  await redeem(visitor, link, { name: person, email: `${unique('mere').replace(' ', '.')}@example.org` });
  await expect(visitor.getByRole('heading', { name: collection })).toBeVisible();

  await open(admin, '/people');
  await admin.getByLabel('Search people').fill(person);
  await row(admin, person).getByRole('link', { name: person }).click();
  // Who has no password cannot sign in as an administrator: the list says what holds.
  const type = admin.getByRole('combobox', { name: 'User type' });
  await type.selectOption({ label: 'Administrator' });
  await expect(admin.getByText(`${person} has no password yet.`)).toBeVisible();
  await expect(type).toHaveValue('member');

  await admin.getByRole('button', { name: 'End access' }).click();
  await expect(admin.getByText('Their access has ended.')).toBeVisible();
  await admin.getByRole('button', { name: 'Undo' }).click();
  await expect(admin.getByRole('button', { name: 'End access' })).toBeVisible();
});
