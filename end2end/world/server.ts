// The real server: started on a free port, with an empty database and a fresh data folder.
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newDatabase } from './database';
import { MailFolder } from './mail';

export const SET_UP_CODE = 'STORY-SETUP-CODE';

export class Server {
  /** Whether a story has stopped it on purpose: browsers complain about that, and are right. */
  interrupted = false;

  private constructor(
    readonly url: string,
    readonly mail: MailFolder,
    private readonly folder: string,
    private readonly arguments_: string[],
    private process: ChildProcess,
    private readonly dropDatabase: () => Promise<void>,
  ) {}

  static async start(): Promise<Server> {
    // Somebody else may take the free port first: then another one is tried.
    return Server.startOnce().catch(() => Server.startOnce());
  }

  private static async startOnce(): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), 'tokenwright-story-'));
    const url = `http://127.0.0.1:${await freePort()}`;
    const database = await newDatabase(folder);
    const mail = join(folder, 'mail');
    const serve = [
      'serve',
      ...['--listen', url.replace('http://', '')],
      ...['--public-url', url],
      ...['--data-dir', folder],
      ...['--database', database.setting],
      ...['--mail', `folder:${mail}`],
    ];
    return new Server(url, new MailFolder(mail), folder, serve, await begin(url, folder, serve), database.drop);
  }

  /** Stops it, does something, and starts it again with all that it had. */
  async interrupt(meanwhile: () => Promise<void>): Promise<void> {
    this.interrupted = true;
    await this.end();
    try {
      await meanwhile();
    } finally {
      this.process = await begin(this.url, this.folder, this.arguments_);
    }
  }

  async stop(): Promise<void> {
    await this.end();
    await this.dropDatabase();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async end(): Promise<void> {
    if (this.process.exitCode !== null) return;
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGTERM');
    await ended;
  }

  /** What the server has logged so far. */
  async log(): Promise<string> {
    return readFile(join(this.folder, 'server.log'), 'utf8');
  }
}

async function begin(url: string, folder: string, serve: string[]): Promise<ChildProcess> {
  const binary = process.env.TOKENWRIGHT_BIN;
  if (!binary) throw new Error('TOKENWRIGHT_BIN names no server: use `cargo xtask test e2e`.');
  const log = join(folder, 'server.log');
  const server = spawn(binary, serve, {
    cwd: folder,
    env: { ...process.env, TOKENWRIGHT_SETUP_CODE: SET_UP_CODE },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = createWriteStream(log, { flags: 'a' });
  server.stdout.pipe(written, { end: false });
  server.stderr.pipe(written, { end: false });
  await answers(url, server, log);
  return server;
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const listener = createServer();
    listener.once('error', reject);
    listener.listen(0, '127.0.0.1', () => {
      const address = listener.address();
      listener.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}

async function answers(url: string, server: ChildProcess, log: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (server.exitCode === null && Date.now() < deadline) {
    const ready = await fetch(`${url}/readyz`).then((answer) => answer.ok, () => false);
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  server.kill('SIGKILL');
  throw new Error(`The server did not start:\n${await readFile(log, 'utf8')}`);
}
