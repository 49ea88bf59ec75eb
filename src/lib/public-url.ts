/** `console.publicUrl` without a slash at its end; `undefined` where phones and users cannot reach us. */
export function publicUrlOf(config: {
  readonly console: { readonly publicUrl: string | undefined } | undefined;
}): string | undefined {
  return config.console?.publicUrl?.replace(/\/+$/, '');
}
