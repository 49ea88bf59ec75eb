import type { CliIo } from './io.ts';

/** Prints an address as a QR code, then as text. */
export async function showQrCode(io: CliIo, uri: string): Promise<void> {
  const { default: qrcode } = await import('qrcode');
  // With colours of its own it is never inverted: some cameras read no light code on a dark ground.
  const look = io.isTerminal ? ({ type: 'terminal', small: true } as const) : ({ type: 'utf8', margin: 2 } as const);
  io.out(await qrcode.toString(uri, { ...look, errorCorrectionLevel: 'L' }));
  io.out(uri);
}
