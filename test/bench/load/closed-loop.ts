import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { spreadOf } from '../figures.ts';
import { isAuthenticReply, REQUEST_STRIDE, stateOf } from './codec.ts';
import { cpuMicros } from './meter.ts';
import type { LoginPool } from './login-pool.ts';
import { isAnswered, type LoadFigures, type LoadPlan } from './plan.ts';

const ACCEPT = 2;
const CHALLENGE = 11;
const IDENTIFIERS = 256;
const RETRANSMIT_MS = 2000;
const MOST_TRANSMISSIONS = 4;
const SWEEP_MS = 250;
const NOBODY = -1;

/** What is under way at one identifier of one socket. */
interface Slot {
  login: number;
  datagram: Buffer;
  sentAtMs: number;
  beganAtMs: number;
  transmissions: number;
}

interface Line {
  readonly socket: Socket;
  readonly slots: readonly Slot[];
  /** One place per identifier for the second packet of a login. */
  readonly answers: Buffer;
}

/** Sends the pool's logins so that `plan.outstanding` are always under way, checks every reply, and measures a window. */
export class ClosedLoop {
  readonly #plan: LoadPlan;
  readonly #pool: LoginPool;
  readonly #lines: Line[] = [];
  readonly #loginMs: Float64Array;
  readonly #answerMs: Float64Array;
  readonly #finished = Promise.withResolvers<undefined>();
  /** By lane. */
  readonly #next: number[];
  #underWay = 0;
  #measured = 0;
  #isMeasuring = false;
  #isOver = false;
  #windowOpensAtMs = 0;
  #windowClosesAtMs = 0;
  #cpuAtOpening: Record<string, number> = {};
  #cpuPerWindow: Record<string, number> = {};
  #counts = { retransmissions: 0, lost: 0, falseReplies: 0, unexpected: 0 };

  constructor(plan: LoadPlan, pool: LoginPool) {
    this.#plan = plan;
    this.#pool = pool;
    this.#next = Array.from({ length: pool.lanes }, (_, lane) => lane);
    this.#loginMs = new Float64Array(pool.size);
    this.#answerMs = new Float64Array(pool.size);
  }

  /** Drives the load to its end. Rejects when the server's port is closed. */
  async run(): Promise<LoadFigures> {
    for (let index = 0; index < this.#plan.sockets; index += 1) this.#lines.push(await this.#openLine());
    const sweep = setInterval(() => this.#retransmit(), SWEEP_MS);
    try {
      this.#windowOpensAtMs = performance.now() + this.#plan.warmUpSeconds * 1000;
      for (let index = 0; index < this.#plan.outstanding; index += 1) this.#begin(index, performance.now());
      if (this.#underWay === 0) this.#finished.resolve(undefined);
      await this.#finished.promise;
    } finally {
      clearInterval(sweep);
      for (const line of this.#lines) line.socket.close();
    }
    return this.#figures();
  }

  async #openLine(): Promise<Line> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20, sendBufferSize: 4 << 20 });
    socket.on('error', (cause) => this.#finished.reject(cause));
    socket.connect(this.#plan.port, '127.0.0.1');
    await once(socket, 'connect');
    const slots = Array.from({ length: IDENTIFIERS }, () => ({
      login: NOBODY,
      datagram: Buffer.alloc(0),
      sentAtMs: 0,
      beganAtMs: 0,
      transmissions: 0,
    }));
    const line = { socket, slots, answers: Buffer.alloc(IDENTIFIERS * REQUEST_STRIDE) };
    socket.on('message', (reply) => this.#onReply(line, reply));
    return line;
  }

  // The next login of the lane of `previous`.
  #begin(previous: number, nowMs: number): void {
    const lane = previous % this.#next.length;
    for (;;) {
      const login = this.#next[lane]!;
      if (this.#isOver || login >= this.#pool.size) break;
      this.#next[lane] = login + this.#next.length;
      const line = this.#lines[login % this.#lines.length]!;
      const slot = line.slots[this.#pool.identifier(login, false)]!;
      if (slot.login !== NOBODY) continue;
      this.#pool.wasBegun(login);
      this.#underWay += 1;
      slot.beganAtMs = nowMs;
      this.#send(line, slot, login, this.#pool.request(login), nowMs);
      return;
    }
    if (this.#underWay > 0) return;
    this.#closeWindow(nowMs);
    this.#finished.resolve(undefined);
  }

  #send(line: Line, slot: Slot, login: number, datagram: Buffer, nowMs: number): void {
    slot.login = login;
    slot.datagram = datagram;
    slot.sentAtMs = nowMs;
    slot.transmissions = 1;
    line.socket.send(datagram);
  }

  #onReply(line: Line, reply: Buffer): void {
    const slot = line.slots[reply[1] ?? 0]!;
    if (slot.login === NOBODY) return;
    if (!isAuthenticReply(reply, slot.datagram.subarray(4, 20), this.#pool.secret)) {
      this.#counts.falseReplies += 1;
      return;
    }
    const nowMs = performance.now();
    this.#keepWindow(nowMs);
    const isFirst = slot.datagram.buffer !== line.answers.buffer;
    const code = reply[0] ?? 0;
    if (isAnswered(this.#plan.kind) && isFirst && code === CHALLENGE) {
      this.#answer(line, slot, reply, nowMs);
      return;
    }
    const isExpected = code === (this.#plan.kind === 'left-pending' ? CHALLENGE : ACCEPT);
    if (isExpected) this.#count(slot, nowMs);
    else this.#counts.unexpected += 1;
    this.#end(slot, nowMs);
  }

  #end(slot: Slot, nowMs: number): void {
    const { login } = slot;
    slot.login = NOBODY;
    this.#underWay -= 1;
    this.#begin(login, nowMs);
  }

  #answer(line: Line, first: Slot, reply: Buffer, nowMs: number): void {
    const login = first.login;
    const identifier = this.#pool.identifier(login, true);
    const slot = line.slots[identifier]!;
    first.login = NOBODY;
    if (slot.login !== NOBODY) throw new Error('two packets under way with one identifier');
    const at = identifier * REQUEST_STRIDE;
    const length = this.#pool.writeAnswer(login, stateOf(reply) ?? Buffer.alloc(0), line.answers, at);
    slot.beganAtMs = first.beganAtMs;
    this.#send(line, slot, login, line.answers.subarray(at, at + length), nowMs);
  }

  #count(slot: Slot, nowMs: number): void {
    if (!this.#isMeasuring) return;
    this.#loginMs[this.#measured] = nowMs - slot.beganAtMs;
    this.#answerMs[this.#measured] = nowMs - slot.sentAtMs;
    this.#measured += 1;
  }

  #keepWindow(nowMs: number): void {
    if (this.#isOver) return;
    if (this.#isMeasuring) {
      if (nowMs >= this.#windowOpensAtMs + this.#plan.seconds * 1000) this.#closeWindow(nowMs);
    } else if (nowMs >= this.#windowOpensAtMs) {
      this.#isMeasuring = true;
      this.#windowOpensAtMs = nowMs;
      this.#cpuAtOpening = this.#readCpu();
    }
  }

  #closeWindow(nowMs: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isMeasuring = false;
    this.#windowClosesAtMs = nowMs;
    for (const [name, micros] of Object.entries(this.#readCpu())) {
      this.#cpuPerWindow[name] = micros - (this.#cpuAtOpening[name] ?? micros);
    }
  }

  #readCpu(): Record<string, number> {
    const micros: Record<string, number> = { generator: cpuMicros(process.pid) };
    for (const [name, pid] of Object.entries(this.#plan.processes)) micros[name] = cpuMicros(pid);
    return micros;
  }

  #retransmit(): void {
    const nowMs = performance.now();
    this.#keepWindow(nowMs);
    for (const line of this.#lines) {
      for (const slot of line.slots) {
        if (slot.login === NOBODY || nowMs - slot.sentAtMs < RETRANSMIT_MS * slot.transmissions) continue;
        if (slot.transmissions < MOST_TRANSMISSIONS) {
          slot.transmissions += 1;
          this.#counts.retransmissions += 1;
          line.socket.send(slot.datagram);
        } else {
          this.#counts.lost += 1;
          this.#end(slot, nowMs);
        }
      }
    }
  }

  #figures(): LoadFigures {
    const seconds = (this.#windowClosesAtMs - this.#windowOpensAtMs) / 1000;
    const cpuMicrosPerLogin: Record<string, number> = {};
    for (const [name, micros] of Object.entries(this.#cpuPerWindow)) cpuMicrosPerLogin[name] = micros / this.#measured;
    return {
      logins: this.#measured,
      seconds,
      loginsPerSecond: this.#measured / seconds,
      loginMs: spreadOf(this.#loginMs.subarray(0, this.#measured)),
      answerMs: spreadOf(this.#answerMs.subarray(0, this.#measured)),
      cpuMicrosPerLogin,
      ...this.#counts,
    };
  }
}
