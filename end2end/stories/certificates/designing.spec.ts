import { expect, test } from '../../world/test';
import { findsNothing } from '../../world/axe';
import { linkIn, type MailFolder } from '../../world/mail';
import { givenCampaign } from '../../world/given';
import { open, unique } from '../../world/pages';
import { type Locator, type Page } from '@playwright/test';

test.setTimeout(180_000);

test('a certificate is designed by mouse, saved as a version, and what was issued keeps its design', async ({ admin, visitor, world }) => {
  const title = unique('Safety at work');
  await createCampaign(admin, title);
  const campaign = new URL(admin.url()).pathname.replace(/\/design$/, '');
  await expect(admin.getByText('Saved', { exact: true })).toBeVisible();
  await findsNothing(admin, 'the designer');

  // Somebody claims before anything is changed.
  await open(admin, campaign);
  await admin.getByRole('button', { name: 'Start and send' }).click();
  const email = `${unique('zoe').replace(' ', '.')}@example.org`;
  await addRecipient(admin, `Zoë Müller, ${email}`);
  const credential = await claim(visitor, world.server.mail, email);
  const issued = await picture(visitor, credential);

  await admin.getByRole('link', { name: 'Design', exact: true }).click();
  await expect(admin.getByRole('heading', { level: 1, name: title })).toBeVisible();
  await admin.getByRole('button', { name: 'Add text' }).click();
  await admin.getByLabel('Text', { exact: true }).fill('Signed by {issuer}');
  await expect(admin.getByText('Unsaved changes')).toBeVisible();
  await expect(admin.getByRole('button', { name: 'Signed by {issuer}', exact: true })).toHaveAttribute('aria-pressed', 'true');

  // Dragged, it follows the pointer; its numbers say where it is.
  const before = Number(await admin.getByLabel('Y', { exact: true }).inputValue());
  await drag(admin, admin.locator('g.layer').last().locator('rect.grab'), 40, 90);
  await expect.poll(async () => Number(await admin.getByLabel('Y', { exact: true }).inputValue())).toBeGreaterThan(before + 40);
  // Pulled at its handle, it gets narrower.
  const wide = Number(await admin.getByLabel('Width').inputValue());
  await drag(admin, admin.locator('rect.handle'), -60, 0);
  await expect.poll(async () => Number(await admin.getByLabel('Width').inputValue())).toBeLessThan(wide - 40);

  // The letters are drawn as they will be: outlines, not the browser's own.
  await expect(admin.locator('g.layer').last().locator('path').first()).toBeAttached();
  await findsNothing(admin, 'the designer with a text chosen');
  const list = admin.getByRole('region', { name: 'On the page' });
  const [around, chosen] = [await list.boundingBox(), await list.getByRole('button', { pressed: true }).boundingBox()];
  expect(chosen && around && chosen.y > around.y && chosen.y + chosen.height < around.y + around.height, 'what is chosen stays in the list').toBe(true);

  await admin.getByRole('button', { name: 'Preview' }).click();
  const dialog = admin.getByRole('dialog');
  for (const name of ['An ordinary name', 'The longest name', 'The strangest name', 'Zoë Müller']) {
    await dialog.getByLabel('Recipient').selectOption({ label: name });
    await expect(dialog.getByAltText('Preview of the design')).toHaveAttribute('src', /^data:image\/png;base64,/);
  }
  await findsNothing(admin, 'the preview');
  await admin.keyboard.press('Escape');

  await admin.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(admin.getByText('Saved as version 2.')).toBeVisible();
  await expect(admin.getByText('Unsaved changes')).toBeHidden();
  expect(await picture(visitor, credential), 'what was issued keeps its design').toEqual(issued);

  // What is claimed from now on looks as it was designed.
  await open(admin, campaign);
  const late = `${unique('yui').replace(' ', '.')}@example.org`;
  await addRecipient(admin, `Zoë Müller, ${late}`);
  const second = await claim(visitor, world.server.mail, late);
  expect(second).not.toEqual(credential);

  await admin.getByRole('link', { name: 'Design', exact: true }).click();
  await admin.getByText('Versions: number 2 counts').click();
  await admin.getByRole('button', { name: 'Use version 1 again' }).click();
  await expect(admin.getByText('Version 1 counts again, as version 3.')).toBeVisible();
  await expect(admin.getByRole('button', { name: 'Signed by {issuer}', exact: true })).toHaveCount(0);
});

test('a certificate is designed by keys alone', async ({ admin }) => {
  const title = unique('Knots');
  await design(admin, title);
  const page = admin.getByRole('application', { name: 'Design' });

  await tabTo(admin, admin.getByRole('button', { name: 'Add text' }));
  await admin.keyboard.press('Enter');
  await tabTo(admin, page);
  const x = admin.getByLabel('X', { exact: true });
  const y = admin.getByLabel('Y', { exact: true });
  const [startX, startY] = [Number(await x.inputValue()), Number(await y.inputValue())];
  await admin.keyboard.press('ArrowRight');
  await admin.keyboard.press('Shift+ArrowDown');
  await expect(x).toHaveValue(String(startX + 1));
  await expect(y).toHaveValue(String(startY + 10));
  await admin.keyboard.press('Control+z');
  await expect(y).toHaveValue(String(startY));
  await admin.keyboard.press('Control+Shift+z');
  await expect(y).toHaveValue(String(startY + 10));

  // What stands on the page is chosen one after the other; the text that was added comes last.
  const added = admin.getByRole('button', { name: 'New text', exact: true });
  await admin.keyboard.press(']');
  await expect(added).toHaveAttribute('aria-pressed', 'false');
  await admin.keyboard.press('[');
  await expect(added).toHaveAttribute('aria-pressed', 'true');

  await tabTo(admin, admin.getByLabel('Text', { exact: true }));
  await admin.keyboard.press('Control+a');
  await admin.keyboard.type('By keys');
  await expect(admin.getByRole('button', { name: 'By keys', exact: true })).toBeVisible();
  await tabTo(admin, admin.getByRole('button', { name: 'Earlier' }));
  await admin.keyboard.press('Enter');
  await admin.keyboard.press('Control+s');
  await expect(admin.getByText('Saved as version 2.')).toBeVisible();

  // Taken away, and brought back.
  await tabTo(admin, page);
  await admin.keyboard.press('Delete');
  await expect(admin.getByRole('button', { name: 'By keys', exact: true })).toHaveCount(0);
  await admin.keyboard.press('Control+z');
  await expect(admin.getByRole('button', { name: 'By keys', exact: true })).toBeVisible();
  await expect(admin.getByText('Unsaved changes')).toBeHidden();
});

test('whoever leaves with unsaved changes is asked, and two who design lose nothing', async ({ admin, another }) => {
  await design(admin, unique('Boats'));
  const address = new URL(admin.url()).pathname;
  const other = await another(true);
  await open(other, address);
  await other.getByRole('button', { name: 'Add text' }).click();
  await other.getByLabel('Text', { exact: true }).fill('Theirs');
  await other.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(other.getByText('Saved as version 2.')).toBeVisible();

  await admin.getByRole('button', { name: 'Add text' }).click();
  await admin.getByLabel('Text', { exact: true }).fill('Mine');
  admin.once('dialog', (dialog) => void dialog.dismiss());
  await admin.getByRole('link', { name: 'Back to the campaign' }).click();
  await expect(admin.getByLabel('Text', { exact: true })).toHaveValue('Mine');

  await admin.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(admin.getByRole('alert')).toContainText('has saved version 2 of this design meanwhile');
  await findsNothing(admin, 'a conflict of two designers');
  await admin.getByRole('button', { name: 'Show theirs' }).click();
  await expect(admin.getByRole('button', { name: 'Theirs', exact: true })).toBeVisible();
  await admin.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(admin.getByRole('button', { name: 'Mine', exact: true })).toBeVisible();
  await admin.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(admin.getByText('Saved as version 3.')).toBeVisible();

  // A size that no letters have is told in words, and nothing typed is lost.
  await admin.getByRole('button', { name: 'Mine', exact: true }).click();
  await admin.getByLabel('Size', { exact: true }).fill('9000');
  await admin.keyboard.press('Tab');
  await admin.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(admin.getByRole('alert')).toContainText('a size between 4 and 400');
  await expect(admin.getByLabel('Size', { exact: true })).toHaveValue('9000');
});

test('a picture is put on the page and behind it', async ({ admin }) => {
  await design(admin, unique('Logos'));
  const drawing = (colour: string) => ({
    name: 'logo.svg',
    mimeType: 'image/svg+xml',
    buffer: Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20" fill="${colour}"/></svg>`),
  });
  await admin.getByLabel('Add picture: file').setInputFiles(drawing('#336699'));
  await admin.getByLabel('What is on it').fill('The logo');
  await expect(admin.getByRole('button', { name: 'Picture: The logo', exact: true })).toBeVisible();
  await admin.getByLabel('Use a picture: file').setInputFiles(drawing('#eeeeff'));
  await expect(admin.getByLabel('Background', { exact: true })).toHaveValue('picture');
  await admin.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(admin.getByText('Saved as version 2.')).toBeVisible();
  await admin.reload();
  await expect(admin.getByRole('button', { name: 'Picture: The logo', exact: true })).toBeVisible();
  await findsNothing(admin, 'a design with pictures');
});

/** The designer of a campaign that was given. */
async function design(page: Page, title: string): Promise<void> {
  await open(page, `${await givenCampaign(page, title)}/design`);
  await expect(page.getByRole('application', { name: 'Design' })).toBeVisible();
}

/** Makes a campaign; its designer opens. */
async function createCampaign(page: Page, title: string): Promise<void> {
  await open(page, '/campaigns');
  await page.getByRole('button', { name: 'New campaign' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Title').fill(title);
  await dialog.getByLabel('Description').fill('Knows what to do when something burns.');
  await dialog.getByLabel('Criteria').fill('Passed the test.');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await page.waitForURL(/\/campaigns\/[0-9a-f-]+\/design$/);
  await expect(page.getByRole('application', { name: 'Design' })).toBeVisible();
}

async function addRecipient(page: Page, line: string): Promise<void> {
  await page.getByRole('button', { name: 'Add recipients' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Recipients').fill(line);
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(dialog).toBeHidden();
}

/** Claims with a code that is mailed, and answers with the path of the credential. */
async function claim(page: Page, mails: MailFolder, email: string): Promise<string> {
  await page.goto(linkIn(await mails.arrived(email), '/r/'));
  await page.getByLabel('Your e-mail address').fill(email);
  await page.getByRole('button', { name: 'Send me a code' }).click();
  await expect(page.getByLabel('Code')).toBeVisible();
  const mail = await mails.arrived(email, 2);
  const code = mail.text?.match(/\b\d{6}\b/)?.[0];
  expect(code, 'a code in the mail').toBeTruthy();
  await page.getByLabel('Code').fill(code ?? '');
  await page.getByRole('button', { name: 'Claim' }).click();
  await page.waitForURL(/\/c\/[0-9a-f-]+/);
  return new URL(page.url()).pathname;
}

/** The credential as a drawing. */
async function picture(page: Page, credential: string): Promise<string> {
  const answer = await page.request.get(`${credential}.svg`);
  expect(answer.ok()).toBe(true);
  return answer.text();
}

async function drag(page: Page, what: Locator, dx: number, dy: number): Promise<void> {
  await what.scrollIntoViewIfNeeded();
  const box = await what.boundingBox();
  if (!box) throw new Error('it is not on the page');
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + dx / 2, y + dy / 2, { steps: 4 });
  await page.mouse.move(x + dx, y + dy, { steps: 4 });
  await page.mouse.up();
}

async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 120; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('it is not reached by Tab');
}
