import { azureMfaServerFormat } from './azure-mfa-server.ts';
import { csvFormat, entraFormat } from './csv.ts';
import type { FormatName, TokenFormat } from './format.ts';
import { linOtpFormat } from './linotp.ts';
import { multiOtpFormat } from './multiotp.ts';
import { privacyIdeaFormat } from './privacyidea.ts';
import { pskcFormat } from './pskc.ts';
import { yubicoFormat } from './yubico.ts';

/** Every format of token files. A new format is a new row. */
export const tokenFormats: Readonly<Record<FormatName, TokenFormat>> = {
  csv: csvFormat,
  entra: entraFormat,
  'azure-mfa-server': azureMfaServerFormat,
  privacyidea: privacyIdeaFormat,
  linotp: linOtpFormat,
  multiotp: multiOtpFormat,
  yubico: yubicoFormat,
  pskc: pskcFormat,
};

/** The names that `--format` takes. */
export const formatNames = Object.keys(tokenFormats) as FormatName[];
