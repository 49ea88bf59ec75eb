/** What we use of the npm package `smpp`, which has no types of its own. */
declare module 'smpp' {
  import type { EventEmitter } from 'node:events';
  import type { Server as NetServer, Socket } from 'node:net';

  /** A text and, in front of it, the elements of its user data header. */
  export interface ShortMessage {
    readonly udh?: readonly Buffer[] | Buffer;
    /** Octets where the data coding is none of text. */
    readonly message: string | Buffer;
  }

  /** One protocol data unit. What the other side sent has not been looked at: fields may be missing. */
  export interface Pdu {
    readonly command: string;
    readonly command_id: number;
    readonly command_status: number;
    sequence_number: number;
    readonly message_id?: string;
    readonly system_id?: string;
    readonly password?: string;
    readonly source_addr_ton?: number;
    readonly source_addr_npi?: number;
    readonly source_addr?: string;
    readonly dest_addr_ton?: number;
    readonly dest_addr_npi?: number;
    readonly destination_addr?: string;
    readonly esm_class?: number;
    readonly data_coding?: number;
    readonly registered_delivery?: number;
    readonly validity_period?: unknown;
    readonly short_message?: ShortMessage | Buffer | string;
    readonly message_payload?: ShortMessage | Buffer | string;
    readonly receipted_message_id?: string;
    readonly message_state?: number;
    readonly sar_msg_ref_num?: number;
    readonly sar_total_segments?: number;
    readonly sar_segment_seqnum?: number;
    isResponse(): boolean;
    response(fields?: object): Pdu;
  }

  /** Both ends of a connection. Emits `pdu`, `error` and `close`. */
  export interface Session extends EventEmitter {
    readonly socket: Socket;
    /** `false` when the socket takes nothing any more. Numbers a request on the spot. */
    send(pdu: Pdu): boolean;
    /** Nothing more is taken in until `resume`. */
    pause(): void;
    resume(): void;
    close(): void;
    destroy(): void;
  }

  const smpp: {
    readonly Session: new (options: { readonly socket: Socket }) => Session;
    readonly PDU: new (command: string, fields: object) => Pdu;
    createServer(
      options: { readonly key?: string; readonly cert?: string },
      listener: (session: Session) => void,
    ): NetServer;
    readonly errors: Readonly<Record<string, number>>;
    readonly encodings: Readonly<
      Record<
        'ASCII' | 'UCS2',
        { match(text: string): boolean; encode(text: string): Buffer; decode(octets: Buffer): string }
      >
    >;
  };
  export default smpp;
}
