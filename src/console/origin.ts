import type { FastifyRequest } from 'fastify';

/** Where the console is from outside. */
export interface PublicPlace {
  /** As users and gateways reach it, without a slash at its end. */
  url(): string;
  /** Whether a browser sent this from one of our own pages, or something sent it that is no browser. */
  isOwn(request: FastifyRequest): boolean;
}

/** `bound` tells where it listens, for when there is no `publicUrl`. */
export function createPublicPlace(publicUrl: string | undefined, bound: () => string): PublicPlace {
  const origin = publicUrl === undefined ? undefined : new URL(publicUrl).origin;
  return {
    url: () => (publicUrl ?? bound()).replace(/\/+$/, ''),
    isOwn({ headers }) {
      const site = headers['sec-fetch-site'];
      if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
      const from = headers.origin;
      // Without a public address nobody knows by which name it is reached: then it has to be the name that was asked.
      return from === undefined || from === (origin ?? `http://${headers.host ?? ''}`);
    },
  };
}
