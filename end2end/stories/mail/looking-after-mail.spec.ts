import { expect, test } from '../../world/test';
import { findsNothing } from '../../world/axe';
import { startCampaign } from '../../world/campaigns';
import { linkIn } from '../../world/mail';
import { givenCampaign, givenLiveCampaign } from '../../world/given';
import { chip, filterBy, open, row, unique } from '../../world/pages';

test.setTimeout(120_000);

test('a mail is found by its address and state, read, sent again, and its address is corrected', async ({ admin, visitor, world }) => {
  const mails = world.server.mail;
  const [wrong, right] = [address('zoo'), address('zoe')];
  await givenLiveCampaign(admin, unique('Knots'), { 'Zoë Müller': wrong });
  const first = linkIn(await mails.arrived(wrong), '/r/');

  await open(admin, '/administrator/mail');
  await admin.getByLabel('Search mail').fill(wrong);
  // One head, one mail.
  await expect(admin.getByRole('row')).toHaveCount(2);
  await expect(row(admin, wrong)).toContainText('Sent');
  await findsNothing(admin, 'the list of mails');
  const state = admin.getByLabel('State', { exact: true });
  await filterBy(admin, 'State', 'Failed');
  await expect(admin.getByText('No mail fits')).toBeVisible();
  await expect(admin).toHaveURL(/state=failed/);
  await chip(admin, 'Failed').click();
  await expect(row(admin, wrong)).toContainText('Sent');
  await filterBy(admin, 'State', 'Sent');
  await admin.reload();
  await expect(state).toHaveValue('sent');
  await expect(admin.getByLabel('Search mail')).toHaveValue(wrong);

  // It is read as its reader got it, but for the link.
  await row(admin, wrong).getByRole('link', { name: wrong }).click();
  await expect(admin.getByRole('heading', { level: 1, name: wrong })).toBeVisible();
  await admin.getByText('As plain text').click();
  const text = admin.locator('pre.letter-text');
  await expect(text).toContainText('Hello Zoë Müller');
  await expect(text).not.toContainText(first.split('/r/')[1]);
  await expect(admin.getByText('Was put into the folder')).toBeVisible();

  await admin.getByRole('button', { name: 'Send again' }).click();
  await expect(admin.getByText(`Once more on its way to ${wrong}.`)).toBeVisible();
  await expect(admin.getByRole('link', { name: 'an earlier mail' })).toBeVisible();
  expect(linkIn(await mails.arrived(wrong, 2), '/r/'), 'the link stays').toBe(first);

  await admin.getByRole('button', { name: 'Correct the address' }).click();
  const dialog = admin.getByRole('dialog');
  await expect(dialog.getByText('opens nothing from then on')).toBeVisible();
  await dialog.getByLabel('Right address').fill('nobody');
  await dialog.getByRole('button', { name: 'Correct and send' }).click();
  await expect(dialog.getByLabel('Right address')).toHaveAttribute('aria-invalid', 'true');
  await dialog.getByLabel('Right address').fill(right);
  await dialog.getByRole('button', { name: 'Correct and send' }).click();
  await expect(dialog).toBeHidden();
  await expect(admin.getByRole('heading', { level: 1, name: right })).toBeVisible();
  const second = linkIn(await mails.arrived(right), '/r/');
  expect(second).not.toBe(first);
  await visitor.goto(first);
  await expect(visitor.getByText('This link opens nothing').first()).toBeVisible();
  await visitor.goto(second);
  await expect(visitor.getByText('Connect the profile that shall hold it.')).toBeVisible();

  // The frame with the letter runs no script, so nothing can look into it from inside.
  await admin.locator('iframe').evaluateAll((frames) => frames.forEach((frame) => frame.remove()));
  await expect.poll(() => admin.frames().length).toBe(1);
  await findsNothing(admin, 'a mail');
});

test('recipients who share an address get one mail, and each link is its own', async ({ admin, visitor, world }) => {
  const mails = world.server.mail;
  const office = address('office');
  await open(admin, await givenCampaign(admin, unique('Ropes')));
  await admin.getByRole('button', { name: 'Edit', exact: true }).click();
  const dialog = admin.getByRole('dialog');
  const shared = dialog.getByLabel('One mail for recipients who share an address');
  await expect(shared).not.toBeChecked();
  await shared.check();
  await findsNothing(admin, 'the choice of one mail for an address');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();

  await admin.getByRole('link', { name: 'Import', exact: true }).click();
  await admin.getByLabel('Or paste a table').fill(`Name\tE-mail\nAnn Hart\t${office}\nBen Hart\t${office}`);
  await admin.getByRole('button', { name: 'Continue' }).click();
  await admin.getByLabel('Addresses that are here already').selectOption({ label: 'Add them once more, with a token of their own' });
  await admin.getByRole('button', { name: 'Check' }).click();
  await admin.getByRole('button', { name: /^Import \d recipients$/ }).click();
  await expect(admin.getByText('The import is done.')).toBeVisible({ timeout: 15_000 });
  await admin.getByRole('link', { name: 'Show the recipients' }).click();
  await expect(row(admin, 'Ben Hart')).toBeVisible();
  await startCampaign(admin);

  const mail = await mails.arrived(office);
  expect(mail.text).toContain('For Ann Hart:');
  expect(mail.text).toContain('For Ben Hart:');
  const links = mail.text?.match(/https?:\/\/\S+\/r\/\S+/g) ?? [];
  expect(new Set(links).size, 'a link for each of them').toBe(2);
  expect(await mails.to(office)).toHaveLength(1);
  const names = new Set<string>();
  for (const link of links) {
    await visitor.goto(link);
    for (const name of ['Ann Hart', 'Ben Hart']) if (await visitor.getByText(name).count()) names.add(name);
  }
  expect(names.size, 'each of them leads to one of the two').toBe(2);
  for (const name of ['Ann Hart', 'Ben Hart']) await expect(row(admin, name)).toContainText('sent');
});

test('mails and claim pages carry the logo and whom to ask; a text with a column that nobody has is refused', async ({ admin, visitor, world }) => {
  const mails = world.server.mail;
  const zoe = address('zoe');
  const desk = 'desk@kowhai.test';
  await open(admin, '/administrator/mail/settings');
  await admin.getByLabel('Address to ask').fill(desk);
  await admin.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(admin.getByText('Saved.')).toBeVisible();
  const drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="10"><rect width="40" height="10" fill="#336699"/></svg>';
  await admin.getByLabel('Logo', { exact: true }).setInputFiles({ name: 'logo.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(drawing) });
  await admin.getByRole('button', { name: 'Save the logo' }).click();
  await expect(admin.getByAltText('The logo')).toBeVisible();
  await findsNothing(admin, 'the mail settings with a logo');

  await givenLiveCampaign(admin, unique('Signs'), { 'Zoë Müller': zoe });
  const mail = await mails.arrived(zoe);
  expect(mail.text).toContain(desk);
  expect(mail.html).toContain('src="cid:logo"');
  expect(mail.attachments.map((part) => part.mimeType)).toEqual(['image/png']);
  await visitor.goto(linkIn(mail, '/r/'));
  const logo = visitor.locator('.emblem img');
  await expect(logo).toBeVisible();
  expect(await logo.evaluate((image: HTMLImageElement) => image.naturalWidth), 'the logo is there').toBeGreaterThan(0);
  await expect(visitor.getByRole('link', { name: desk })).toHaveAttribute('href', `mailto:${desk}`);
  await findsNothing(visitor, 'a claim page with a logo');

  await open(admin, '/administrator/mail/texts/claim_link/en');
  await admin.getByLabel('HTML', { exact: true }).fill('<p>{{ column.nothing_like_it }}</p>{{ button(link, "Open") }}');
  await admin.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(admin.getByText('No recipient has a column called “nothing_like_it”.').first()).toBeVisible();

  // The other stories have none of it.
  await open(admin, '/administrator/mail/settings');
  await admin.getByRole('button', { name: 'Remove the logo' }).click();
  await expect(admin.getByAltText('The logo')).toHaveCount(0);
  await open(admin, '/administrator/mail/settings');
  await admin.getByLabel('Address to ask').fill('');
  await admin.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(admin.getByText('Saved.')).toBeVisible();
});

function address(name: string): string {
  return `${unique(name).replace(' ', '.')}@mail.test`;
}
