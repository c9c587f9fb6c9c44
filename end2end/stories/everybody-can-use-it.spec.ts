// Each screen under axe, in light and in dark, with dialogs open.
import { expect, test } from '../world/test';
import { JUDGES_SCREENS, findsNothing } from '../world/axe';
import { givenCollection, givenToken } from '../world/given';
import { fillInToken, hydrated, open, pencil, redeem, row, unique } from '../world/pages';

test.skip(!JUDGES_SCREENS, 'screens are judged on one engine');
test.setTimeout(180_000);

test('the admins’ screens', async ({ admin }) => {
  const collection = unique('Onboarding');
  const collectionPath = await givenCollection(admin, collection);
  const single = unique('Spring intake');
  const multi = unique('Partner pilot');
  await givenToken(admin, { name: single, limit: 5, collection });
  await givenToken(admin, { name: multi, type: 'Multi Token', count: 3, collection });
  await open(admin, '/tokens');
  await expect(row(admin, multi)).toBeVisible();
  await findsNothing(admin, 'the Token Manager');

  const dialog = await fillInToken(admin, { name: 'Under axe', type: 'Multi Token', count: 2, collection });
  await findsNothing(admin, 'Create Token');
  await dialog.getByLabel('No of Tokens').fill('none');
  await dialog.getByRole('button', { name: 'Create Token', exact: true }).click();
  await findsNothing(admin, 'Create Token with a mistake');
  await admin.keyboard.press('Escape');

  await row(admin, single).getByRole('button', { name: /^Share/ }).click();
  await expect(admin.getByRole('dialog').getByRole('button', { name: 'Copy link' })).toBeVisible();
  await findsNothing(admin, 'sharing');
  await admin.keyboard.press('Escape');
  await pencil(admin, single, 'Edit');
  await findsNothing(admin, 'Edit');
  await admin.keyboard.press('Escape');
  await pencil(admin, single, 'Delete');
  await expect(admin.getByRole('button', { name: 'Undo' })).toBeVisible();
  await findsNothing(admin, 'after Delete');
  await admin.getByRole('button', { name: 'Undo' }).click();
  await expect(row(admin, single)).toBeVisible();

  await row(admin, multi).getByRole('link', { name: 'Manage Tokens' }).click();
  await hydrated(admin);
  await expect(admin.getByRole('button', { name: /^Share/ }).first()).toBeVisible();
  await findsNothing(admin, 'codes');
  for (const path of ['/tokens?list=expired', '/tokens?q=nothing-is-called-so', '/collections', collectionPath, '/people', '/account', '/organisation', '/organisation/departments', '/organisation/user-types', '/administrator/tokens']) {
    await open(admin, path);
    await findsNothing(admin, path);
  }
});

test('the recipients’ and strangers’ screens', async ({ admin, visitor, another }) => {
  const collection = unique('House rules');
  await givenCollection(admin, collection);
  const { link } = await givenToken(admin, { name: unique('Everybody'), limit: 1, collection });

  for (const path of ['/sign-in', '/t', '/t/nonsense', '/my/sign-in']) {
    await visitor.goto(path);
    await findsNothing(visitor, path);
  }
  await visitor.goto(link);
  await findsNothing(visitor, 'an open link');
  await visitor.getByRole('button', { name: 'Get access' }).click();
  await findsNothing(visitor, 'an open link with mistakes');
  await redeem(visitor, link, { name: 'Mere Kahu', email: `${unique('mere').replace(' ', '.')}@example.org` });
  await expect(visitor).toHaveURL(/\/my\//);
  await findsNothing(visitor, 'a collection of one’s own');
  await visitor.goto('/my');
  await findsNothing(visitor, '/my');
  const late = await another();
  await late.goto(link);
  await findsNothing(late, 'a link that is used up');

  await open(admin, '/people');
  await admin.getByRole('link', { name: 'Mere Kahu' }).first().click();
  await expect(admin.getByRole('heading', { name: 'Mere Kahu' })).toBeVisible();
  await findsNothing(admin, 'a user report');
});
