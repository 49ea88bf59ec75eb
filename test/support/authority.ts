import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its key, as files and as PEM. */
export interface Papers {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

export interface PapersOptions {
  /** As in `DNS:gate.example.com,IP:127.0.0.1`. */
  readonly san?: string;
  readonly notBefore?: string;
  /** As in `20200101000000Z`. */
  readonly notAfter?: string;
  /** Extended key usage; both uses of TLS unless told. */
  readonly usage?: string;
}

/** An authority of the tests: signs certificates with openssl, and removes them in the end. */
export class Authority {
  readonly folder: string;
  readonly caFile: string;
  readonly ca: string;
  readonly #keyFile: string;
  #count = 0;

  constructor(name = 'Test authority') {
    this.folder = mkdtempSync(join(tmpdir(), 'sallyport-authority-'));
    this.caFile = join(this.folder, 'ca.pem');
    this.#keyFile = join(this.folder, 'ca.key');
    const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '400'];
    const use = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
    openssl(['req', '-x509', ...made, ...use, '-subj', `/CN=${name}`, '-keyout', this.#keyFile, '-out', this.caFile]);
    this.ca = readFileSync(this.caFile, 'utf8');
  }

  /** A certificate with that subject (`/CN=nas-1`), valid for 300 days unless told. */
  issue(subject: string, options: PapersOptions = {}): Papers {
    this.#count += 1;
    const file = (kind: string): string => join(this.folder, `${this.#count}.${kind}`);
    const [keyFile, requestFile, certFile, extensions] = [file('key'), file('csr'), file('pem'), file('ext')];
    const usage = options.usage ?? 'serverAuth,clientAuth';
    writeFileSync(
      extensions,
      `extendedKeyUsage=${usage}\n${options.san === undefined ? '' : `subjectAltName=${options.san}\n`}`,
    );
    const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    openssl(['req', '-new', ...made, '-subj', subject, '-utf8', '-keyout', keyFile, '-out', requestFile]);
    this.#sign(requestFile, certFile, extensions, options);
    return { certFile, keyFile, cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  // `openssl ca`, since `openssl x509` of OpenSSL 3.0 takes no dates.
  #sign(requestFile: string, certFile: string, extensions: string, { notBefore, notAfter }: PapersOptions): void {
    const config = join(this.folder, `${this.#count}.cnf`);
    const [index, serial] = [join(this.folder, `${this.#count}.index`), join(this.folder, `${this.#count}.serial`)];
    writeFileSync(index, '');
    writeFileSync(serial, `${(0x1000 + this.#count).toString(16)}\n`);
    writeFileSync(
      config,
      [
        '[ca]\ndefault_ca=one\n[one]',
        `database=${index}\nserial=${serial}\nnew_certs_dir=${this.folder}`,
        'default_md=sha256\ndefault_days=300\npolicy=any\nunique_subject=no\nstring_mask=utf8only\n[any]\ncommonName=optional\n',
      ].join('\n'),
    );
    const dates = [...(notBefore ? ['-startdate', notBefore] : []), ...(notAfter ? ['-enddate', notAfter] : [])];
    const authority = ['-cert', this.caFile, '-keyfile', this.#keyFile];
    const files = ['-in', requestFile, '-out', certFile, '-extfile', extensions];
    openssl(['ca', '-batch', '-notext', '-config', config, ...authority, ...files, ...dates]);
  }
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', [...args], { stdio: ['ignore', 'ignore', 'pipe'] });
}
