import { expect, test } from '../../world/test';
import { findsNothing } from '../../world/axe';
import { addRecipients, fromMenu, newCampaign, startCampaign } from '../../world/campaigns';
import { givenCampaign, givenLiveCampaign } from '../../world/given';
import { filterBy, open, row, unique } from '../../world/pages';

test.setTimeout(120_000);

test('the token of a recipient is shown and copied, and dialogs stay open while others work', async ({ admin, another }) => {
  const path = await givenLiveCampaign(admin, unique('Tokens'), { 'Zoë Müller': 'zoe@dialogs.test' });
  await open(admin, path);
  await expect(row(admin, 'zoe@dialogs.test')).toBeVisible();
  await admin.context().grantPermissions(['clipboard-read', 'clipboard-write']);

  await fromMenu(admin, 'Zoë Müller', 'Copy token');
  const dialog = admin.getByRole('dialog');
  const token = dialog.getByLabel('Token', { exact: true });
  await expect(token).toHaveValue(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){4}$/);
  await dialog.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect(dialog.getByText('Token copied.')).toBeVisible();
  const shown = await token.inputValue();
  expect(await admin.evaluate(() => navigator.clipboard.readText())).toBe(shown);
  await findsNothing(admin, 'the token of a recipient');

  // Somebody else adds a recipient: the list behind the dialog tells it, and the dialog stays.
  const other = await another(true);
  await open(other, path);
  await addRecipients(other, 'Yui Sato, yui@dialogs.test');
  await expect(admin.locator('tr', { hasText: 'yui@dialogs.test' })).toBeAttached();
  await expect(token).toHaveValue(shown);
  await admin.keyboard.press('Escape');
  await expect(dialog).toBeHidden();

  // What was typed stays, too.
  await fromMenu(admin, 'Zoë Müller', 'Correct name or address');
  await expect(dialog.getByText('Another e-mail address gets a new link')).toBeVisible();
  await dialog.getByLabel('Name').fill('Zoë Miller');
  await addRecipients(other, 'Mere Kahu, mere@dialogs.test');
  await expect(admin.locator('tr', { hasText: 'mere@dialogs.test' })).toBeAttached();
  await expect(dialog.getByLabel('Name')).toHaveValue('Zoë Miller');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(row(admin, 'Zoë Miller')).toBeVisible();

  // Letters that no font has are told first; the same name saved once more is meant.
  await fromMenu(admin, 'Mere Kahu', 'Correct name or address');
  await dialog.getByLabel('Name').fill('山田 Mere');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText('No font has all letters of 山田 Mere (山田)')).toBeVisible();
  await findsNothing(admin, 'a name that cannot be drawn');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(row(admin, '山田 Mere')).toBeVisible();

  await fromMenu(admin, 'Zoë Miller', 'History');
  await expect(dialog.getByRole('listitem').first()).toBeVisible();
  await findsNothing(admin, 'the history of a recipient');
});

test('the menu of a recipient opens at its button, and each mail is announced before it is sent', async ({ admin }) => {
  await newCampaign(admin, unique('Menus'));
  await admin.getByRole('button', { name: 'Add recipients' }).click();
  const dialog = admin.getByRole('dialog');
  await expect(dialog.getByText('nothing is sent before it starts')).toBeVisible();
  await admin.keyboard.press('Escape');
  await addRecipients(admin, 'Zoë Müller, zoe@menus.test');
  await expect(admin.getByText('Starting sends 1 recipient the mail with their link.')).toBeVisible();
  await startCampaign(admin);
  await admin.getByRole('button', { name: 'Add recipients' }).click();
  await expect(dialog.getByText('each of them is sent the mail with their link at once')).toBeVisible();
  await admin.keyboard.press('Escape');

  const button = row(admin, 'zoe@menus.test').getByRole('button', { name: 'Actions for Zoë Müller' });
  await button.click();
  const entry = admin.getByRole('button', { name: 'Copy token', exact: true });
  await expect(entry).toBeFocused();
  const [at, menu] = [await button.boundingBox(), await admin.locator('.menu:popover-open').boundingBox()];
  if (!at || !menu) throw new Error('they are not on the page');
  const away = Math.min(Math.abs(menu.y - (at.y + at.height)), Math.abs(menu.y + menu.height - at.y));
  expect(away, 'the menu stands below its button, or above it where there is no room').toBeLessThan(20);
  expect(Math.abs(menu.x + menu.width - (at.x + at.width)), 'their right edges are in line').toBeLessThan(40);
  await findsNothing(admin, 'the menu of a recipient');
  await admin.keyboard.press('Escape');

  await fromMenu(admin, 'Zoë Müller', 'Send again');
  await expect(dialog.getByText('The mail with the link is sent once more.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Send again', exact: true }).click();
  await expect(dialog).toBeHidden();
});

test('a campaign is changed, found, and its recipients stay searched for', async ({ admin }) => {
  const title = unique('Knots');
  const path = await givenCampaign(admin, title);
  await open(admin, path);
  await admin.getByRole('button', { name: 'Edit', exact: true }).click();
  const dialog = admin.getByRole('dialog');
  await expect(dialog.getByLabel('Title')).toHaveValue(title);
  await findsNothing(admin, 'a campaign that is edited');
  const changed = unique('Ropes');
  await dialog.getByLabel('Title').fill(changed);
  await dialog.getByLabel('Valid for days').fill('30');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(admin.getByRole('heading', { level: 1, name: changed })).toBeVisible();
  await expect(admin.getByText('Valid for 30 days.')).toBeVisible();

  await addRecipients(admin, 'Ada Quill, ada@knots.test', 'Bob Reed, bob@knots.test');
  await expect(row(admin, 'bob@knots.test')).toBeVisible();
  await admin.getByLabel('Search recipients').fill('ada');
  await expect(row(admin, 'bob@knots.test')).toBeHidden();
  await filterBy(admin, 'Which recipients', 'Not sent');
  await expect(admin).toHaveURL(/q=ada.*state=unsent|state=unsent.*q=ada/);
  await admin.reload();
  await expect(row(admin, 'ada@knots.test')).toBeVisible();
  await expect(row(admin, 'bob@knots.test')).toBeHidden();
  await expect(admin.getByLabel('Which recipients')).toHaveValue('unsent');
  await expect(admin.getByLabel('Search recipients')).toHaveValue('ada');

  await open(admin, '/campaigns');
  await admin.getByLabel('Search campaigns').fill(changed);
  await expect(row(admin, changed)).toBeVisible();
  // One head, one campaign.
  await expect(admin.getByRole('row')).toHaveCount(2);
  await admin.getByRole('columnheader', { name: 'Title' }).getByRole('button').click();
  await expect(admin).toHaveURL(/order=title/);
  await expect(row(admin, changed)).toBeVisible();
  await findsNothing(admin, 'the list of campaigns');
  await row(admin, changed).getByRole('link', { name: changed }).click();
  await expect(admin).toHaveURL(new RegExp(`${path}$`));
});

test('the dialog of a new campaign fits a desk and a hand', async ({ admin }) => {
  await open(admin, '/campaigns');
  for (const width of [1280, 390]) {
    await admin.setViewportSize({ width, height: 844 });
    await admin.getByRole('button', { name: 'New campaign' }).first().click();
    const dialog = admin.getByRole('dialog');
    await expect(dialog.getByAltText('Preview of the design')).toBeVisible();
    const excess = await dialog.evaluate((element) => element.scrollWidth - element.clientWidth);
    expect(excess, `nothing is cut off at ${width}`).toBeLessThanOrEqual(0);
    await admin.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
  }
});
