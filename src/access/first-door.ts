import type { Credentials, HomeServerConversation, Primary, PrimaryResult } from '../primary/index.ts';
import type { Visit } from './visit.ts';

/** What the first door said, and which primary said it. */
export type FirstDoorResult = PrimaryResult & { readonly primary: string };

/** The first door of a client: its primaries in order, the next one only when one is unavailable. */
export async function askFirstDoor(
  visit: Visit,
  credentials: Credentials,
  primaries: ReadonlyMap<string, Primary>,
): Promise<FirstDoorResult> {
  let last: FirstDoorResult = { kind: 'unavailable', cause: 'the client has no primary', primary: '' };
  for (const name of visit.request.client.primary) {
    last = await askPrimary(visit, credentials, { primary: name }, primaries);
    if (last.kind !== 'unavailable') return last;
  }
  return last;
}

/** Takes the answer of a home server's own challenge to the server that asked. */
export function answerHomeServer(
  visit: Visit,
  credentials: Credentials,
  conversation: HomeServerConversation,
  primaries: ReadonlyMap<string, Primary>,
): Promise<FirstDoorResult> {
  return askPrimary(visit, credentials, { primary: conversation.primary, conversation }, primaries);
}

async function askPrimary(
  { request, username }: Visit,
  credentials: Credentials,
  target: { readonly primary: string; readonly conversation?: HomeServerConversation },
  primaries: ReadonlyMap<string, Primary>,
): Promise<FirstDoorResult> {
  const primary = primaries.get(target.primary);
  if (primary === undefined || request.username === undefined) {
    return { kind: 'unavailable', cause: `there is no primary ${target.primary}`, primary: target.primary };
  }
  const result = await primary.authenticate({
    username: request.username,
    usernameText: username.text,
    credentials,
    attributes: request.attributes,
    requestId: request.id,
    ...(target.conversation !== undefined && { conversation: target.conversation }),
  });
  return { ...result, primary: target.primary };
}
