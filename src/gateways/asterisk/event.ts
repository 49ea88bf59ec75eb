/** What Asterisk tells of a call; other events are of no interest. */
export type AriEvent =
  /** The callee has answered, and the channel is ours. */
  | { readonly kind: 'answered'; readonly channelId: string }
  | { readonly kind: 'key'; readonly channelId: string; readonly key: string }
  /** Everything that was to be played has been, or could not be. */
  | { readonly kind: 'played'; readonly playbackId: string }
  /** The channel is no longer ours; `cause` is Q.850's where it is gone altogether. */
  | { readonly kind: 'ended'; readonly channelId: string; readonly cause?: number }
  /** Somebody else has taken our application's name. */
  | { readonly kind: 'replaced' };

/** Reads one message of the event stream; `undefined` when it is of no interest, or nothing that Asterisk would send. */
export function readEvent(text: string): AriEvent | undefined {
  const event = parsed(text);
  const channelId = textAt(objectAt(event, 'channel'), 'id');
  switch (event['type']) {
    case 'StasisStart':
      return channelId === undefined ? undefined : { kind: 'answered', channelId };
    case 'ChannelDtmfReceived':
      return keyEvent(channelId, textAt(event, 'digit'));
    case 'PlaybackFinished':
      return playedEvent(textAt(objectAt(event, 'playback'), 'id'));
    case 'StasisEnd':
      return channelId === undefined ? undefined : { kind: 'ended', channelId };
    case 'ChannelDestroyed':
      return channelId === undefined ? undefined : { kind: 'ended', channelId, cause: Number(event['cause']) };
    case 'ApplicationReplaced':
      return { kind: 'replaced' };
    default:
      return undefined;
  }
}

function keyEvent(channelId: string | undefined, key: string | undefined): AriEvent | undefined {
  if (channelId === undefined || key === undefined || !/^[\d*#]$/.test(key)) return undefined;
  return { kind: 'key', channelId, key };
}

function playedEvent(playbackId: string | undefined): AriEvent | undefined {
  return playbackId === undefined ? undefined : { kind: 'played', playbackId };
}

type Fields = Readonly<Record<string, unknown>>;

function parsed(text: string): Fields {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return {};
  }
}

function asObject(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function objectAt(fields: Fields, name: string): Fields {
  return asObject(fields[name]);
}

function textAt(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' ? value : undefined;
}
