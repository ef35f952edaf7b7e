import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { SOMEBODY } from '../../modules/index.js';
import { pageHtml, pagePolicy } from './page.js';
import { type PageData, type ReadyOperation, type Signer } from './browser/page-data.js';

export interface ExplorerParts {
  /** Where `npm run build` puts what the browser runs. */
  folder: string;
  operations: () => readonly ReadyOperation[];
  /** Asked for each page, so that newcomers are among them; none where real tokens are checked. */
  signers: () => Promise<readonly Signer[]> | readonly Signer[];
  /** In words, what a request without a token is. */
  withoutToken: string;
}

export interface ExplorerAnswer {
  headers: Record<string, string>;
  body: string | Buffer;
}

/** The page is at the graph's own address, /graphql, and what it loads below. */
export const EXPLORER_PATH = '/graphql/explorer';

const FILES = { script: 'main.js', style: 'main.css' };
const TYPES: Record<string, string> = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8' };
const HASH_LENGTH = 16;
/** Beyond this quality a second more buys a twentieth less. */
const BROTLI_QUALITY = 9;

const CODINGS: Record<string, (content: Buffer) => Promise<Buffer>> = {
  br: (content) => promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
  gzip: (content) => promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }),
};

/** A page that explores the graph. Nothing of it is read, hashed or compressed before a browser asks, and all of it once. */
export class Explorer {
  private assets: Promise<Map<string, Asset>> | undefined;

  constructor(private readonly parts: ExplorerParts) {}

  /** Holds tokens, and differs with each request: nobody may keep it. */
  async page(): Promise<ExplorerAnswer> {
    const { operations, signers, withoutToken } = this.parts;
    const [script = '', style = ''] = (await this.load()).keys();
    const nonce = randomBytes(16).toString('base64');
    const data: PageData = { operations: operations(), signers: await signers(), withoutToken, somebody: SOMEBODY };
    return {
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': pagePolicy(nonce),
        'cache-control': 'no-store',
      },
      body: pageHtml({ script: `${EXPLORER_PATH}/${script}`, style: `${EXPLORER_PATH}/${style}`, nonce, data }),
    };
  }

  /** One of the page's files; undefined where there is none of that name. */
  async asset(name: string, acceptEncoding = ''): Promise<ExplorerAnswer | undefined> {
    return (await this.load()).get(name)?.answer(acceptEncoding);
  }

  /** By their names, the script first. */
  private load(): Promise<Map<string, Asset>> {
    this.assets ??= loadAssets(this.parts.folder).catch((cause: unknown) => {
      // Built meanwhile, it is found the next time.
      this.assets = undefined;
      throw new Error('The explorer has not been built: npm run build', { cause });
    });
    return this.assets;
  }
}

async function loadAssets(folder: string): Promise<Map<string, Asset>> {
  const named = await Promise.all(
    [FILES.script, FILES.style].map(async (file): Promise<[string, Asset]> => {
      const content = await readFile(join(folder, file));
      const hash = createHash('sha256').update(content).digest('base64url').slice(0, HASH_LENGTH);
      const [name = '', extension = ''] = file.split('.');
      return [`${name}.${hash}.${extension}`, new Asset(content, TYPES[extension] ?? '')];
    }),
  );
  return new Map(named);
}

class Asset {
  private readonly coded = new Map<string, Promise<Buffer>>();

  constructor(
    private readonly content: Buffer,
    private readonly type: string,
  ) {}

  async answer(acceptEncoding: string): Promise<ExplorerAnswer> {
    const coding = Object.keys(CODINGS).find((name) => accepts(acceptEncoding, name));
    return {
      headers: {
        'content-type': this.type,
        // Its name says what is in it.
        'cache-control': 'public, max-age=31536000, immutable',
        vary: 'accept-encoding',
        ...(coding !== undefined && { 'content-encoding': coding }),
      },
      body: coding === undefined ? this.content : await this.in(coding),
    };
  }

  private in(coding: string): Promise<Buffer> {
    const known = this.coded.get(coding);
    if (known) return known;
    const made = CODINGS[coding]?.(this.content) ?? Promise.resolve(this.content);
    this.coded.set(coding, made);
    return made;
  }
}

function accepts(header: string, coding: string): boolean {
  return header.split(',').some((part) => {
    const [name, ...parameters] = part.split(';').map((word) => word.trim().toLowerCase());
    return name === coding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}
