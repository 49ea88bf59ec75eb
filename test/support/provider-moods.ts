import type { ProviderMood } from '../contract/gateway.ts';
import { startProvider, type Provider, type ProviderReply, type ProviderRequest } from './provider.ts';

/** What a provider says when it takes a request, and what it says to wrong credentials. */
export interface MoodyAnswers {
  /** Checks the request as the provider does, and takes it. */
  readonly well: (request: ProviderRequest) => ProviderReply;
  readonly refusal: ProviderReply;
}

/** A provider whose mood changes. */
export interface MoodyProvider extends Provider {
  setMood(mood: ProviderMood): Promise<void>;
}

const FLOOD_OCTETS = 4 * 1024 * 1024;

/** Starts one, in the mood `well`. */
export async function startMoodyProvider({ well, refusal }: MoodyAnswers): Promise<MoodyProvider> {
  let present: ProviderMood = 'well';
  const provider = await startProvider((request) => {
    switch (present) {
      case 'well':
        return well(request);
      case 'refuses-credentials':
        return refusal;
      case 'broken':
        return { status: 503, body: `out of order; you said: ${request.body}` };
      case 'babbles':
        return { status: 200, body: `<html>Welcome to the hotel! ${request.body}` };
      case 'hangs':
        return 'hang';
      case 'floods':
        return { status: 200, body: Buffer.alloc(FLOOD_OCTETS, 'x') };
    }
  });
  return {
    ...provider,
    setMood(mood) {
      present = mood;
      return Promise.resolve();
    },
  };
}
